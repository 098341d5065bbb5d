using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Gate;

[Collection(AloneCollection.Name)]
public sealed class CircuitMetricTests
{
    [Fact]
    public async Task The_metric_follows_the_circuit()
    {
        await using var riq = await RiqCluster.Create(new FakeService("metered"));
        await riq.StartApi();
        var worker = await riq.StartWorker();
        await Eventually.True(async () => await worker.Metric("riq_circuit_breaker_status{service=\"metered\"}") == 1);
        await riq.Post("circuit", new { state = "open" }, "metered");
        await Eventually.True(async () => await worker.Metric("riq_circuit_breaker_status{service=\"metered\"}") == 0);
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        riq.Service.ProbeAnswer = async _ => { await mayAnswer.Task; return Contracts.AdapterResult<System.Text.Json.JsonElement>.Ok(default); };
        await riq.Post("circuit", new { state = "auto" }, "metered");
        await Eventually.True(async () => await worker.Metric("riq_circuit_breaker_status{service=\"metered\"}") == 0.5);
        mayAnswer.SetResult();
        await Eventually.True(async () => await worker.Metric("riq_circuit_breaker_status{service=\"metered\"}") == 1);
    }
}
