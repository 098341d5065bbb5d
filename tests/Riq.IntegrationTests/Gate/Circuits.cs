using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Bus;
using Riq.Engine.Gate;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;

namespace Riq.IntegrationTests.Gate;

/// <summary>What tests of circuits and pauses ask of a cluster.</summary>
static class Circuits
{
    /// <summary>The rule with a short opening.</summary>
    public static RiqCluster WithCircuit(this RiqCluster riq, string service = "fake", string openFor = "00:00:02") => riq
        .With($"Services:{service}:Circuit:Failures", 5).With($"Services:{service}:Circuit:Window", "00:00:30").With($"Services:{service}:Circuit:OpenFor", openFor)
        .With($"Services:{service}:RetryBaseDelay", "00:00:00.050");

    public static void Fails(this FakeService service) => service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable, "Down.", 503));

    public static void Works(this FakeService service) => service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));

    public static async Task<string> Circuit(this RiqCluster riq, string service = "fake") =>
        (await riq.Database.List("select circuit from service_state where service = $1", r => r.GetString(0), service)).SingleOrDefault() ?? "none";

    public static Task<DateTime> Time(this RiqCluster riq, string column, string service = "fake") =>
        riq.Database.Scalar<DateTime>($"select {column} from service_state where service = $1", service);

    public static async Task Post(this RiqCluster riq, string action, object? body = null, string service = "fake")
    {
        using var answer = await riq.Api.Post($"/api/queue/services/{service}/{action}", body ?? new { });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Status and deferrals of a request as they are stored.</summary>
    public static async Task<(string Status, int Deferrals)> Waits(this RiqCluster riq, string token)
    {
        var stored = await riq.Stored(token);
        return (stored.Status, stored.Deferrals);
    }

    public static ServiceState? Knows(this WebApplication worker, string service = "fake") => worker.Services.GetRequiredService<ServiceViews>().Of(service).State;

    public static bool HasStopped(this WebApplication worker, string service = "fake") => worker.Services.GetRequiredService<WorkEndpoints>().AreStopped(service);

    public static async Task AllComplete(this RiqCluster riq, IEnumerable<string> tokens)
    {
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
    }
}
