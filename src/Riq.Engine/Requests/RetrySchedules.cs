namespace Riq.Engine.Requests;

/// <summary>The retry schedule of each service, and the randomness that keeps retries apart.</summary>
public sealed class RetrySchedules(IReadOnlyDictionary<string, RetrySchedule> byService, Func<double> jitter)
{
    public RetrySchedule Of(string service) => byService.GetValueOrDefault(service, RetrySchedule.Default);

    public double Jitter() => jitter();
}
