using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.Engine.Reads;

/// <summary>Pure answers to: which reads are equal, how long is an answer kept, what does it depend on, what does a write change.</summary>
sealed class ReadRules(OperationCatalog catalog, RiqOptions options)
{
    readonly Dictionary<string, byte[]> _salts = catalog.Services.ToDictionary(s => s, s => Salt(s, options.Of(s)));

    /// <summary>Equal for reads that ask the same of the same site with the same credential; null when the answer is nobody else's: it must show certain writes, or what it asks for is known only when it runs.</summary>
    public byte[]? KeyOf(NewRequest request) => IsKept(request.Operation) && request.Dependencies.Count == 0 && !RefersToResults(request.Payload)
        ? SHA256.HashData([.. _salts[request.Operation.Service], .. request.PayloadHash]) : null;

    /// <summary>Whether the request may be answered with what another one's call gave.</summary>
    public bool Shares(NewRequest request) => !request.Fresh && KeyOf(request) is not null;

    bool IsKept(OperationDeclaration operation) => operation.Cached is not null && TtlOf(operation) > TimeSpan.Zero;

    public TimeSpan TtlOf(OperationDeclaration operation) => options.Of(operation.Service).Cache.TtlOf(operation.Name, operation.Cached!.Ttl);

    /// <summary>No entry is valid for longer.</summary>
    public TimeSpan LongestTtl => catalog.Operations.Where(o => o.Cached is not null).Select(TtlOf).DefaultIfEmpty().Max();

    /// <summary>What the answer of the read depends on: what its operation says, and the credential, which an operator may replace.</summary>
    public string[] TagsOf(QueueRequest request, string? result) =>
        catalog.Find(request.Operation)?.Cached is { } cached ? [.. Names(cached.Tags, request.Payload, result), $"{request.Service}:credential"] : [];

    public bool Changes(string operation) => catalog.Find(operation)?.Changes is not null;

    /// <summary>What the write may have changed, sorted.</summary>
    public string[] ChangedBy(QueueRequest request) =>
        catalog.Find(request.Operation)?.Changes is { } changes ? Names(changes, request.ResolvedPayload ?? request.Payload, request.Result) : [];

    static string[] Names(CacheTags tags, string payload, string? result)
    {
        using var given = JsonDocument.Parse(payload);
        using var answer = result is null ? null : JsonDocument.Parse(result);
        return [.. tags(given.RootElement, answer?.RootElement).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    // What it asks for is known only when it runs.
    static bool RefersToResults(string payload) => payload.Contains("$result", StringComparison.Ordinal) || payload.Contains("\\u0024", StringComparison.Ordinal);

    static byte[] Salt(string service, ServiceOptions options) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes($"riq-read\n{service}\n{options.BaseUrl}\n"), .. options.Auth.Seed(service)]);
}
