using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Adapters.Http;

namespace Riq.Adapters.Jira;

/// <summary>
/// Who changes an issue. The change leaves the request's token there, as a property and in the same call, so that a repetition
/// after an attempt without an answer knows that it is done, and does not undo what others have changed since.
/// </summary>
/// <param name="Marker">The request's token; null outside RIQ.</param>
/// <param name="MayBeDone">Whether an earlier attempt may have made the change.</param>
readonly record struct Changer(string? Marker, bool MayBeDone)
{
    public void Mark(JsonObject body)
    {
        if (Marker is not null) body["properties"] = RequestMarker.Properties(Marker, RequestMarker.ChangeKey);
    }

    /// <summary>Whether the issue, read with the property, says that this request was the last of RIQ's that changed it.</summary>
    public bool WasLastAt(JsonElement issue) => MayBeDone && Marker is not null && issue.At("properties").At(RequestMarker.ChangeKey).Text("token") == Marker;
}
