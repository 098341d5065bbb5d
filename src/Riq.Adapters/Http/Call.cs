using System.Text.Json.Nodes;

namespace Riq.Adapters.Http;

/// <summary>One HTTP call of an operation.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Path">From the service's base address on, query included; begins with a slash.</param>
/// <param name="Write">Whether it may change something: an answer that never came then leaves the outcome unclear.</param>
sealed record Call(HttpMethod Method, string Path, bool Write)
{
    public JsonNode? Body { get; init; }

    /// <summary>Whether a success must bring JSON with it; a 204 does not.</summary>
    public bool AnswerRequired { get; init; } = true;

    /// <summary>Whether errors of single items stand in the answer: its JSON is wanted whatever its status.</summary>
    public bool OfSeveral { get; init; }

    public static Call Get(string path) => new(HttpMethod.Get, path, Write: false);

    /// <summary>A question that needs a body: changes nothing.</summary>
    public static Call Ask(string path, JsonNode body) => new(HttpMethod.Post, path, Write: false) { Body = body };

    public static Call Post(string path, JsonNode body) => new(HttpMethod.Post, path, Write: true) { Body = body };

    public static Call Put(string path, JsonNode body) => new(HttpMethod.Put, path, Write: true) { Body = body };

    public static Call Delete(string path) => new(HttpMethod.Delete, path, Write: true) { AnswerRequired = false };
}
