using System.Text.Json;

namespace Riq.Api.Http;

/// <summary>Answers with a list: <c>items</c>, and with <c>next_cursor</c> and a <c>Link</c> when there are more.</summary>
static class ListAnswer
{
    public static JsonAnswer Of<T>(IEnumerable<T> items, Action<Utf8JsonWriter, T> write) => Of(items, null, null, write);

    /// <param name="http">The call.</param>
    /// <param name="items">One page.</param>
    /// <param name="cursor">Where the next page begins; null: this is the last.</param>
    /// <param name="write">Writes one item.</param>
    /// <param name="total">How many there are on all pages, if that is known.</param>
    public static JsonAnswer Page<T>(HttpContext http, IEnumerable<T> items, string? cursor, Action<Utf8JsonWriter, T> write, long? total = null)
    {
        if (cursor is not null) http.Response.Headers.Link = $"<{ListQuery.NextPage(http.Request, cursor)}>; rel=\"next\"";
        return Of(items, cursor, total, write);
    }

    static JsonAnswer Of<T>(IEnumerable<T> items, string? cursor, long? total, Action<Utf8JsonWriter, T> write) => JsonAnswer.Ok(json =>
    {
        json.WriteStartObject();
        json.Optional("total", total);
        json.WriteStartArray("items");
        foreach (var item in items) write(json, item);
        json.WriteEndArray();
        json.Optional("next_cursor", cursor);
        json.WriteEndObject();
    });
}
