using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Simulator.Ledger;

namespace Riq.Simulator.Exchange;

/// <summary>Reads the whole body, so that the work itself never waits for the network.</summary>
static class CallReader
{
    const int StartBytes = 8 * 1024;

    /// <summary>Fills the call's body and marker; returns the refusal of a body that is too large or not JSON.</summary>
    public static async ValueTask<Answer?> Read(Call call)
    {
        var request = call.Http.Request;
        if (request.ContentLength is 0 || request.ContentLength is null && !request.Headers.ContainsKey("Transfer-Encoding")) return null;
        if (request.ContentLength > call.Settings.MaxBodyBytes) return TooLarge(call);

        var buffer = ArrayPool<byte>.Shared.Rent((int)(request.ContentLength ?? StartBytes));
        try
        {
            var length = 0;
            for (int read; (read = await request.Body.ReadAsync(buffer.AsMemory(length))) > 0;)
            {
                length += read;
                if (length > call.Settings.MaxBodyBytes) return TooLarge(call);
                if (length == buffer.Length) buffer = Grow(buffer);
            }
            return length == 0 ? null : Parse(call, buffer.AsSpan(0, length));
        }
        finally { ArrayPool<byte>.Shared.Return(buffer); }
    }

    static byte[] Grow(byte[] full)
    {
        var larger = ArrayPool<byte>.Shared.Rent(full.Length * 2);
        full.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(full);
        return larger;
    }

    static Answer? Parse(Call call, ReadOnlySpan<byte> body)
    {
        if (call.Http.Request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true)
        {
            call.FormText = Encoding.UTF8.GetString(body);
            return null;
        }
        try
        {
            var reader = new Utf8JsonReader(body);
            call.Body = JsonElement.ParseValue(ref reader);
            if (reader.Read()) return NotJson();
            if (body.IndexOf("\\ud"u8) >= 0 || body.IndexOf("\\uD"u8) >= 0) RequireWholeTexts(call.Body);
        }
        catch (Exception notJson) when (notJson is JsonException or InvalidOperationException) { return NotJson(); }
        call.Marker = Markers.Find(call);
        return null;
    }

    /// <summary>Half of a surrogate pair is JSON but no text: reading it throws, which must happen here and not in the middle of the work.</summary>
    static void RequireWholeTexts(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String) json.GetString();
        if (json.ValueKind == JsonValueKind.Array)
            foreach (var item in json.EnumerateArray()) RequireWholeTexts(item);
        if (json.ValueKind != JsonValueKind.Object) return;
        foreach (var member in json.EnumerateObject())
        {
            _ = member.Name;
            RequireWholeTexts(member.Value);
        }
    }

    static Answer NotJson() => new(400, new JsonObject { ["errorMessages"] = new JsonArray("There was an error parsing JSON. Check that your request body is valid."), ["errors"] = new JsonObject() });

    static Answer TooLarge(Call call) => new(413, new JsonObject { ["errorMessages"] = new JsonArray($"The request body is larger than {call.Settings.MaxBodyBytes} bytes."), ["errors"] = new JsonObject() });
}
