using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Bus;

/// <summary>A program without MassTransit: bare AMQP, and RabbitMQ's direct reply-to for answers.</summary>
sealed class PlainAmqp : IAsyncDisposable
{
    public sealed record Answer(string? Type, JsonElement Json);

    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly ConcurrentDictionary<string, Answer> _answers = [];

    PlainAmqp(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    public static async Task<PlainAmqp> Connect(string uri)
    {
        var connection = await new ConnectionFactory { Uri = new(uri) }.CreateConnectionAsync();
        var client = new PlainAmqp(connection, await connection.CreateChannelAsync());
        var consumer = new AsyncEventingBasicConsumer(client._channel);
        consumer.ReceivedAsync += client.Keep;
        await client._channel.BasicConsumeAsync("amq.rabbitmq.reply-to", autoAck: true, consumer);
        return client;
    }

    public async Task<Answer> Ask(string queue, string json)
    {
        var id = Guid.NewGuid().ToString();
        await _channel.BasicPublishAsync("", queue, mandatory: true, new BasicProperties { MessageId = id, CorrelationId = id, ReplyTo = "amq.rabbitmq.reply-to", ContentType = "application/json" }, Encoding.UTF8.GetBytes(json));
        return (await Eventually.Value(() => Task.FromResult(_answers.GetValueOrDefault(id)), a => a is not null))!;
    }

    Task Keep(object sender, BasicDeliverEventArgs e)
    {
        _answers[e.BasicProperties.CorrelationId!] = new(e.BasicProperties.Type, JsonSerializer.Deserialize<JsonElement>(e.Body.Span));
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
