namespace Riq.Api.Http;

/// <summary>The setting <c>urls</c>: where the API listens.</summary>
static class ListenAddresses
{
    /// <summary>What is wrong with each address of the list.</summary>
    public static string[] Problems(string? urls) =>
        [.. (urls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Problem).OfType<string>()];

    static string? Problem(string url) =>
        url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? $"urls: RIQ speaks plain HTTP and can't listen on {url}. Put a proxy that speaks TLS in front of it."
        : IsHttp(url) ? null
        : $"urls: '{url}' is no address to listen on; it must look like {ApiHost.DefaultUrl}.";

    static bool IsHttp(string url)
    {
        try { return BindingAddress.Parse(url).Scheme.Equals("http", StringComparison.OrdinalIgnoreCase); }
        catch (FormatException) { return false; }
    }
}
