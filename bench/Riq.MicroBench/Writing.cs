using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Riq.Engine.Execution;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.MicroBench;

/// <summary>What is made of a request for others: its command, its hash, its result.</summary>
public class Writing
{
    readonly JsonElement _result = JsonSerializer.SerializeToElement(new { id = "MD-1", url = "https://example.test/browse/MD-1", fields = Enumerable.Range(0, 20).ToDictionary(n => $"field_{n}", n => $"some text of field {n}") });

    [Benchmark]
    public byte[] Command() => Envelope.Execute(Guid.CreateVersion7(), Guid.CreateVersion7(), 1, "bench");

    [Benchmark]
    public object Hash() => CanonicalJson.Hash("jira.create_task", _result);

    [Benchmark]
    public string Result() => StorableJson.Of(_result);
}
