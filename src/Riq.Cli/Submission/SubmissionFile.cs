using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Riq.Contracts;

namespace Riq.Cli.Submission;

/// <summary>One line of a file of submissions.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Submission">With an idempotency key: its own, or one from what the line says.</param>
sealed record SubmissionLine(int Number, SubmitRequest Submission);

/// <summary>
/// Reads JSON lines. The key of a line is made of its text and of how many equal lines are before it, not of its number: a file that was
/// interrupted, moved, or given more lines finds its requests again, and two equal lines are two requests.
/// </summary>
static class SubmissionFile
{
    const int MostProblems = 20;

    // A misspelt field must not be dropped in silence.
    static readonly JsonSerializerOptions Strict = new(RiqJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>The lines, or else what is wrong with them.</summary>
    public static (IReadOnlyList<SubmissionLine> Lines, IReadOnlyList<string> Problems) Read(IEnumerable<string> text, string run)
    {
        var lines = new List<SubmissionLine>();
        var problems = new List<string>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in text.Select(l => l.Trim().TrimStart('\uFEFF')))
        {
            number++;
            if (line.Length == 0) continue;
            if (problems.Count >= MostProblems) break;
            if (Parse(line, out var problem) is not { } submission) { problems.Add($"line {number}: {problem}"); continue; }
            lines.Add(new(number, submission with { IdempotencyKey = submission.IdempotencyKey ?? KeyOf(line, run, seen) }));
        }
        return (lines, problems);
    }

    static SubmitRequest? Parse(string line, out string? problem)
    {
        try
        {
            problem = "it must be an object with operation and payload.";
            return JsonSerializer.Deserialize<SubmitRequest>(line, Strict);
        }
        catch (JsonException e) { problem = e.Message; return null; }
    }

    static string KeyOf(string line, string run, Dictionary<string, int> seen)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{run}\n{line}")).AsSpan(0, 16));
        var before = seen.GetValueOrDefault(hash);
        seen[hash] = before + 1;
        return $"file:{hash}:{before}";
    }
}
