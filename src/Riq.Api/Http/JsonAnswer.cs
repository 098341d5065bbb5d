using System.Text.Encodings.Web;
using System.Text.Json;

namespace Riq.Api.Http;

/// <summary>An answer written straight into the response, so that stored JSON passes through without being parsed.</summary>
sealed class JsonAnswer(int status, string contentType, Action<Utf8JsonWriter> write) : IResult
{
    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public const string ContentType = "application/json; charset=utf-8";

    public static JsonAnswer Ok(Action<Utf8JsonWriter> write) => new(StatusCodes.Status200OK, ContentType, write);

    public async Task ExecuteAsync(HttpContext http)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        http.Response.Headers.CacheControl = "no-store";
        await using (var writer = new Utf8JsonWriter(http.Response.BodyWriter, Options)) write(writer);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}

/// <summary>Writes the optional fields of an answer: absent instead of null, times in UTC to the millisecond.</summary>
static class JsonFields
{
    public static void Optional(this Utf8JsonWriter json, string name, string? value) { if (value is not null) json.WriteString(name, value); }

    public static void Optional(this Utf8JsonWriter json, string name, long? value) { if (value is { } number) json.WriteNumber(name, number); }

    public static void Optional(this Utf8JsonWriter json, string name, DateTime? value)
    {
        if (value is { } time) json.WriteString(name, time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Stored JSON as it is.</summary>
    public static void OptionalJson(this Utf8JsonWriter json, string name, string? value)
    {
        if (value is null) return;
        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }
}
