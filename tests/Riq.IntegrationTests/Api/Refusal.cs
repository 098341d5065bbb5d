using System.Net;
using System.Text.Json;

namespace Riq.IntegrationTests.Api;

/// <summary>A problem as RFC 9457 has it, checked for what every refusal owes its client.</summary>
sealed class Refusal
{
    // Words that only a leaked exception or type name would bring into an answer.
    static readonly string[] Internals = ["   at ", "Exception", "System.", "Npgsql", "Microsoft.", "MassTransit", "Riq.", "StackTrace", ".cs:line", "select ", "insert into"];

    readonly JsonElement _json;

    Refusal(JsonElement json) => _json = json;

    public string Title => _json.GetProperty("title").GetString()!;
    public string Detail => _json.GetProperty("detail").GetString()!;
    public string[] Fields => _json.TryGetProperty("errors", out var errors) ? [.. errors.EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal)] : [];

    public string[] Errors(string field) => [.. _json.GetProperty("errors").GetProperty(field).EnumerateArray().Select(e => e.GetString()!)];

    public static async Task<Refusal> Of(HttpResponseMessage answer, HttpStatusCode status)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {(int)status}: {text}");
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            return In(JsonSerializer.Deserialize<JsonElement>(text), status);
        }
    }

    public static async Task<Refusal> Of(Task<HttpResponseMessage> call, HttpStatusCode status) => await Of(await call, status);

    /// <summary>A problem inside an answer, e.g. of one item of a batch.</summary>
    public static Refusal In(JsonElement json, HttpStatusCode status)
    {
        foreach (var word in Internals) Assert.DoesNotContain(word, json.GetRawText(), StringComparison.Ordinal);
        Assert.Equal((int)status, json.GetProperty("status").GetInt32());
        var refusal = new Refusal(json);
        Assert.NotEmpty(refusal.Title);
        Assert.NotEmpty(refusal.Detail);
        return refusal;
    }
}
