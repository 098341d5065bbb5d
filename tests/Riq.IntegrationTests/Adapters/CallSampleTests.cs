using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Riq.Adapters;
using Riq.Contracts;

namespace Riq.IntegrationTests.Adapters;

/// <summary>What an adapter tells of each of its calls, so that the circuit is decided from calls and not from operations.</summary>
public sealed class CallSampleTests
{
    [Fact]
    public async Task Each_call_of_an_operation_is_told_and_a_refused_one_is_not()
    {
        await using var service = await FakeService.Start();
        service.On("GET", "/rest/api/3/issue/MD-1", 200, """{"id":"10001","key":"MD-1","fields":{"status":{"name":"To Do"}}}""")
            .On("GET", "/rest/api/3/issue/MD-1/transitions", 200, """{"transitions":[{"id":"31","to":{"name":"Done"}}]}""")
            .On("POST", "/rest/api/3/issue/MD-1/transitions", 503);
        var budget = new Samples();
        await using var provider = new ServiceCollection().AddSingleton<ICallBudget>(budget).AddRiqAdapters(new ConfigurationBuilder().AddInMemoryCollection([new("Riq:Services:jira:BaseUrl", service.Url)]).Build()).BuildServiceProvider();
        var adapter = provider.GetRequiredService<IServiceAdapter>();
        var transition = new OperationCall(adapter.Operations.Single(o => o.Name == "jira.transition_task"), JsonDocument.Parse("""{"task_id":"MD-1","target_status":"Done"}""").RootElement, "req_0197f3d2c4d77a6b8e9f00112233aabb");

        await adapter.Execute(transition, CancellationToken.None);
        Assert.Equal([false, false, true], budget.Failed);

        budget.Refuses = true;
        await adapter.Execute(transition, CancellationToken.None);
        Assert.Equal(3, budget.Failed.Count);
    }

    [Theory]
    [InlineData("jira.add_comment", """{"task_id":"MD-1","comment":"Late"}"""), InlineData("jira.delete_task", """{"task_id":"MD-1"}""")]
    public async Task A_write_whose_time_is_over_when_its_first_byte_would_leave_is_not_sent(string operation, string payload)
    {
        await using var service = await FakeService.Start();
        service.On("POST", "/rest/api/3/issue/MD-1/comment", 201, """{"id":"1"}""").On("DELETE", "/rest/api/3/issue/MD-1", 204);
        var budget = new Samples { IsOver = true };
        await using var provider = new ServiceCollection().AddSingleton<ICallBudget>(budget).AddRiqAdapters(new ConfigurationBuilder().AddInMemoryCollection([new("Riq:Services:jira:BaseUrl", service.Url)]).Build()).BuildServiceProvider();
        var adapter = provider.GetRequiredService<IServiceAdapter>();
        var call = new OperationCall(adapter.Operations.Single(o => o.Name == operation), JsonDocument.Parse(payload).RootElement, "req_0197f3d2c4d77a6b8e9f00112233aabb");

        Assert.False((await adapter.Execute(call, CancellationToken.None)).Error!.Unclear);
        Assert.DoesNotContain(service.Calls, c => c.Method != "GET");
        budget.IsOver = false;
        await adapter.Execute(call, CancellationToken.None);
        Assert.Contains(service.Calls, c => c.Method != "GET");
    }

    sealed class Samples : ICallBudget
    {
        public bool IsOver { get; set; }

        public List<bool?> Failed { get; } = [];
        public bool Refuses { get; set; }

        public ValueTask<CallRefusal?> MayBegin(OutgoingCall call, CancellationToken cancellation) => new(Refuses ? new CallRefusal(TimeSpan.FromSeconds(1), "Not now.") : null);
        public bool MayStillSend() => !IsOver;
        public void Answered(OutgoingCall call, LimitSignal said) { }
        public void Ended(OutgoingCall call, bool? failed) => Failed.Add(failed);
    }
}
