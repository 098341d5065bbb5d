using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Riq.IntegrationTests.Observability;

/// <summary>One span as it was sent.</summary>
/// <param name="Parent">Empty for the first span of a trace.</param>
/// <param name="LinkedTraces">The traces that it has links to.</param>
/// <param name="Bytes">All of it, to look for what must not be there.</param>
sealed record ReceivedSpan(string Trace, string Id, string Parent, string Name, string[] LinkedTraces, byte[] Bytes)
{
    public bool Says(string text) => Bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
}

/// <summary>A receiver of OTLP over HTTP that keeps the spans.</summary>
sealed class OtlpReceiver : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentDictionary<string, ReceivedSpan> _spans = new();

    OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>Each once: the hosts of this process all hear of all spans and send them.</summary>
    public ICollection<ReceivedSpan> Spans => _spans.Values;

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<OtlpReceiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.MapPost("/v1/traces", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            foreach (var span in ProtoMessage.Of(body.ToArray()).All(1).SelectMany(r => r.All(2)).SelectMany(s => s.All(2))) receiver.Keep(Read(span));
            return Microsoft.AspNetCore.Http.Results.Bytes([], "application/x-protobuf");
        });
        await app.StartAsync();
        return receiver;
    }

    void Keep(ReceivedSpan span) => _spans.TryAdd(span.Id, span);

    // opentelemetry/proto/trace/v1/trace.proto: 1 trace id, 2 span id, 4 parent, 5 name, 13 links.
    static ReceivedSpan Read(ProtoMessage span) =>
        new(span.Hex(1), span.Hex(2), span.Hex(4), Encoding.UTF8.GetString(span.Bytes(5)), [.. span.All(13).Select(l => l.Hex(1))], span.Whole);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}

/// <summary>The fields of a protobuf message that have a length, which are all that a test asks for.</summary>
sealed class ProtoMessage(byte[] whole, ILookup<int, byte[]> fields)
{
    public byte[] Whole => whole;

    public static ProtoMessage Of(byte[] bytes) => new(bytes, Fields(bytes).ToLookup(f => f.Number, f => f.Value));

    public IEnumerable<ProtoMessage> All(int number) => fields[number].Select(Of);

    public byte[] Bytes(int number) => fields[number].FirstOrDefault() ?? [];

    public string Hex(int number) => Convert.ToHexStringLower(Bytes(number));

    static List<(int Number, byte[] Value)> Fields(byte[] bytes)
    {
        var found = new List<(int, byte[])>();
        for (var at = 0; at < bytes.Length;)
        {
            var key = Varint(bytes, ref at);
            switch (key & 7)
            {
                case 0: Varint(bytes, ref at); break;
                case 1: at += 8; break;
                case 5: at += 4; break;
                default:
                    var length = (int)Varint(bytes, ref at);
                    found.Add(((int)(key >> 3), bytes[at..(at + length)]));
                    at += length;
                    break;
            }
        }
        return found;
    }

    static long Varint(byte[] bytes, ref int at)
    {
        long value = 0;
        for (var shift = 0; ; shift += 7)
        {
            value |= (long)(bytes[at] & 0x7f) << shift;
            if ((bytes[at++] & 0x80) == 0) return value;
        }
    }
}
