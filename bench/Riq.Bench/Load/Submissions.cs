using System.Text.Json;

namespace Riq.Bench.Load;

/// <summary>What the load submits, and how its answers are read.</summary>
static class Submissions
{
    public const string Create = """{"operation":"jira.create_task","payload":{"title":"A task of the benchmark","project_id":"MD","type":"task"}}""";

    public static readonly byte[] One = Connection.Post("/api/queue/submit", Create);

    public static byte[] Batch(int items) => Connection.Post("/api/queue/submit/batch", $$"""{"items":[{{string.Join(',', Enumerable.Repeat(Create, items))}}]}""");

    public static byte[] Read(string task) => Connection.Post("/api/queue/submit", $$$"""{"operation":"jira.get_task","payload":{"task_id":"{{{task}}}"}}""");

    public static byte[] Result(string token) => Connection.Get($"/api/queue/result/{token}?wait=60");

    /// <summary>Submits and waits by long-poll for the end.</summary>
    public static async Task<JsonElement> Completed(Connection connection, byte[] submission)
    {
        var token = Text(await connection.Json(submission), "token");
        var end = await connection.Json(Result(token));
        if (Text(end, "status") != "completed") throw new InvalidOperationException($"Not completed: {end}");
        return end;
    }

    public static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
