using System.Globalization;
using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.DeadLetters;
using Riq.Engine.Security;
using Riq.Engine.Submission;

namespace Riq.Api.DeadLetters;

/// <summary>What operators note on a group of dead letters for each other; read with the groups.</summary>
static class NoteEndpoints
{
    const string Path = "/dead-letters/groups/{fingerprint}/notes";

    public static void MapGroupNotes(this IEndpointRouteBuilder queue)
    {
        queue.MapPost(Path, Add).WithName("note-dead-letter-group").Needs(Scopes.Operate);
        queue.MapDelete(Path + "/{id}", Remove).WithName("remove-dead-letter-note").Needs(Scopes.Operate);
    }

    static async Task<IResult> Add(HttpContext http, string fingerprint, DeadLetterReader reader, GroupNotes notes)
    {
        var (json, refusal) = await RequestBody.Read(http.Request);
        if (json is null) return refusal!.Answer();
        var problems = new ProblemList();
        string? text;
        using (json) text = Text(json.RootElement, problems);
        if (text is null) return Problems.Invalid(problems).Answer();
        var known = DeadLetterQuery.IsFingerprint(fingerprint) && (await reader.Groups(new(null) { Fingerprint = fingerprint }, http.RequestAborted).WithinLimit()).Count > 0;
        if (!known) return Problems.UnknownGroup().Answer();
        return await notes.Add(fingerprint, Caller.Of(http).Client, text, http.RequestAborted).WithinLimit() is { } note
            ? JsonAnswer.Ok(j => Write(j, note)) : Problems.TooManyNotes().Answer();
    }

    static async Task<IResult> Remove(HttpContext http, string fingerprint, string id, GroupNotes notes) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && await notes.Remove(fingerprint, number, Caller.Of(http).Client, http.RequestAborted).WithinLimit() ? Microsoft.AspNetCore.Http.Results.NoContent() : Problems.UnknownNote().Answer();

    static string? Text(JsonElement body, ProblemList problems)
    {
        if (body.ValueKind != JsonValueKind.Object) { problems.Add("body", "must be a JSON object."); return null; }
        foreach (var field in body.EnumerateObject().Where(f => f.Name != "text")) problems.Add(ProblemList.Printable(field.Name), "is unknown; known: text.");
        if (body.TryGetProperty("text", out var given) && given.ValueKind == JsonValueKind.String && given.GetString()!.Trim() is { Length: > 0 and <= GroupNotes.LongestText } text) return problems.IsEmpty ? text : null;
        problems.Add("text", $"must be a text of 1 to {GroupNotes.LongestText:N0} characters.");
        return null;
    }

    public static void Write(Utf8JsonWriter json, GroupNote note)
    {
        json.WriteStartObject();
        json.WriteNumber("id", note.Id);
        json.Optional("at", (DateTime?)note.At);
        json.WriteString("by", note.By);
        json.WriteString("text", note.Text);
        json.WriteEndObject();
    }
}
