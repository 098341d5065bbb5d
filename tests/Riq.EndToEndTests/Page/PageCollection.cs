namespace Riq.EndToEndTests.Page;

/// <summary>All tests of the page that need no keys have one installation and one browser together; each leaves the services as it found them.</summary>
[CollectionDefinition(Name)]
public sealed class PageCollection : ICollectionFixture<PageFixture>
{
    public const string Name = "page";
}
