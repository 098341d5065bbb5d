using BenchmarkDotNet.Attributes;
using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.MicroBench;

/// <summary>What the state machine makes of the end of an attempt.</summary>
public class Deciding
{
    readonly RequestLife _life = new(new(new RetrySchedules(new Dictionary<string, RetrySchedule> { ["jira"] = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)) }, () => 0.5)));
    readonly Succeeded _success = new("""{"id":"MD-1"}""", 200);
    readonly AttemptFailed _failure = new(new(ErrorCodes.ServiceUnavailable, "The service is away.") { HttpStatus = 503 }, RepeatSafe: true);

    static QueueRequest Running() => new()
    {
        CorrelationId = Guid.CreateVersion7(), ClientId = "bench", Operation = "jira.get_task", Service = "jira", Payload = "{}", Status = "processing", Attempt = 1, MaxRetries = 3, Version = 2, Ready = true,
    };

    [Benchmark(Baseline = true)]
    public Task<bool> Success() => _life.Raise(Running(), _life.Machine.Succeeded, _success);

    [Benchmark]
    public Task<bool> Retry() => _life.Raise(Running(), _life.Machine.AttemptFailed, _failure);
}
