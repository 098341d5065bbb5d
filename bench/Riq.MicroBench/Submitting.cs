using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Riq.Engine.Callbacks;
using Riq.Engine.Submission;
using Riq.TestKit.Services;

namespace Riq.MicroBench;

/// <summary>From a submission's JSON to the row that is stored.</summary>
public class Submitting
{
    readonly SubmissionReader _reader = new(new OperationCatalog([new FakeService()]), new CallbackOptions().Rules());
    readonly SubmissionOrigin _origin = new("bench", "a-key", null);
    JsonElement _small, _large;

    [GlobalSetup]
    public void Read()
    {
        _small = Body(data: 5);
        _large = Body(data: 500);
    }

    [Benchmark(Baseline = true)]
    public object? Small() => Request(_small);

    [Benchmark]
    public object? Of_20_KB() => Request(_large);

    object? Request(JsonElement body) => _reader.Read(body, _origin, new());

    static JsonElement Body(int data) => JsonSerializer.SerializeToElement(new
    {
        operation = "fake.write", priority = "high", max_retries = 3,
        payload = new { text = "A task of the benchmark", number = 5, data = Enumerable.Range(0, data).ToDictionary(n => $"field_{n}", n => $"some text of field {n}") },
    });
}
