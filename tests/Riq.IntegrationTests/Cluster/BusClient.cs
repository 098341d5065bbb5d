using MassTransit;
using Riq.Contracts;

namespace Riq.IntegrationTests.Cluster;

/// <summary>Another program with a MassTransit bus on the same virtual host.</summary>
public sealed class BusClient : IAsyncDisposable
{
    readonly IBusControl _bus;

    BusClient(IBusControl bus) => _bus = bus;

    public static async Task<BusClient> Connect(RiqCluster riq)
    {
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(b => b.Host(new Uri(riq.Broker.Uri)));
        await bus.StartAsync(CancellationToken.None);
        return new(bus);
    }

    public IBusControl Bus => _bus;

    public async Task Command<T>(T command) where T : class
    {
        var endpoint = await _bus.GetSendEndpoint(new("queue:riq.commands"));
        await endpoint.Send(command);
    }

    /// <summary>Sends the submission and waits for no answer. <paramref name="messageId"/>: the same again is a redelivery.</summary>
    public async Task Submit(SubmitRequest submission, Guid? messageId = null)
    {
        var endpoint = await _bus.GetSendEndpoint(new("exchange:riq.submit"));
        await endpoint.Send(submission, c => { if (messageId is { } id) c.MessageId = id; });
    }

    /// <summary>Sends with a request client; the answer is one of the two.</summary>
    public async Task<object> Ask<T, TDone, TRefused>(T message, string queue) where T : class where TDone : class where TRefused : class
    {
        var client = _bus.CreateRequestClient<T>(new Uri($"exchange:{queue}"), RequestTimeout.After(s: 30));
        var answer = await client.GetResponse<TDone, TRefused>(message);
        return answer.Is(out Response<TDone>? done) ? done.Message : answer.Is(out Response<TRefused>? refused) ? refused.Message : throw new InvalidOperationException("Neither.");
    }

    public Task<object> AskToSubmit(SubmitRequest submission) => Ask<SubmitRequest, RequestAccepted, RequestRefused>(submission, "riq.submit");

    public async ValueTask DisposeAsync() => await _bus.StopAsync(CancellationToken.None);
}
