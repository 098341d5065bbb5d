using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Submission;

public class OperationCatalogTests
{
    [Fact]
    public void An_operation_is_found_by_its_name_and_by_its_aliases_but_listed_once()
    {
        Assert.Same(Known.Create, Known.Catalog.Find("notes.create_note"));
        Assert.Same(Known.Create, Known.Catalog.Find("notes.add_note"));
        Assert.Null(Known.Catalog.Find("Notes.create_note"));
        Assert.Null(Known.Catalog.Find(""));
        Assert.Equal([Known.Create, Known.Get], Known.Catalog.Operations);
        Assert.Equal(["notes"], Known.Catalog.Services);
    }

    [Fact]
    public void The_service_of_an_operation_is_what_stands_before_the_dot()
    {
        Assert.Equal("notes", Known.Create.Service);
        Assert.True(Known.Create.IsWrite);
        Assert.False(Known.Get.IsWrite);
    }

    [Fact]
    public void Each_operation_belongs_to_the_adapter_of_its_service()
    {
        var (a, b) = (new Fake("a"), new Fake("b"));
        var catalog = new OperationCatalog([a, b]);
        Assert.Same(a, catalog.AdapterOf(catalog.Find("a.do_it")!));
        Assert.Same(b, catalog.AdapterOf(catalog.Find("b.do_it")!));
    }

    [Fact]
    public void Two_operations_of_one_name_are_a_mistake_that_shows_at_start() => Assert.Throws<ArgumentException>(() => new OperationCatalog([new Fake("a"), new Fake("a")]));

    sealed class Fake(string service) : IServiceAdapter
    {
        public string Service => service;
        public IReadOnlyList<OperationDeclaration> Operations { get; } = [new($"{service}.do_it", OperationKind.Read, "Does it.", new(), TimeSpan.FromSeconds(1), true)];
        public Task<AdapterResult<JsonElement>> Execute(OperationCall call, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
