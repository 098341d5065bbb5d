using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using RabbitMQ.Client;
using Riq.TestKit.Servers;

namespace Riq.Bench.Measure;

/// <summary>What the machine does without RIQ at this minute, so that runs on different machines, and busy ones, can be compared.</summary>
/// <param name="C">Statements a second that insert two rows and commit; pgbench with its default protocol (prepared statements are about 1.4 times as many), 16 clients.</param>
/// <param name="RabbitMq">Persistent messages a second that are published, confirmed and consumed by one client.</param>
sealed partial record Yardstick(double C, double RabbitMq)
{
    const int Clients = 16, InFlight = 256;
    static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    const string Tables = "create table if not exists yardstick_a(id bigserial primary key, text text); create table if not exists yardstick_b(id bigint primary key, text text)";
    const string Insert = "with a as (insert into yardstick_a(text) values ('a row of the yardstick') returning id) insert into yardstick_b select id, 'and its companion' from a;";

    public static async Task<Yardstick> Take(TestDatabase database, TestBroker broker) => new(await Postgres(database), await Rabbit(broker));

    public static Yardstick Mean(Yardstick before, Yardstick after) => new((before.C + after.C) / 2, (before.RabbitMq + after.RabbitMq) / 2);

    static async Task<double> Postgres(TestDatabase database)
    {
        await database.Execute(Tables);
        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(script, Insert);
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        var start = new ProcessStartInfo(PgBench(), ["-n", "-c", $"{Clients}", "-j", "2", "-T", $"{Duration.TotalSeconds:0}", "-f", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["PGHOST"], start.Environment["PGPORT"], start.Environment["PGUSER"], start.Environment["PGDATABASE"]) = (server.Host, $"{server.Port}", server.Username, server.Database);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        File.Delete(script);
        return Tps().Match(output) is { Success: true } found ? double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) : throw new InvalidOperationException($"pgbench: {await errors}");
    }

    // Debian keeps it beside the server.
    static string PgBench() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(d => Path.Combine(d, "bin", "pgbench")).FirstOrDefault(File.Exists) ?? "pgbench" : "pgbench";

    static async Task<double> Rabbit(TestBroker broker)
    {
        var factory = new ConnectionFactory { Uri = new(broker.Uri) };
        await using var connection = await factory.CreateConnectionAsync("riq-bench");
        await using var publishing = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await using var consuming = await connection.CreateChannelAsync();
        const string queue = "yardstick";
        await consuming.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);
        await consuming.BasicQosAsync(0, InFlight, global: false);
        var received = 0;
        var consumer = new RabbitMQ.Client.Events.AsyncEventingBasicConsumer(consuming);
        consumer.ReceivedAsync += async (_, delivery) => { Interlocked.Increment(ref received); await consuming.BasicAckAsync(delivery.DeliveryTag, multiple: false); };
        await consuming.BasicConsumeAsync(queue, autoAck: false, consumer);
        var (watch, body, properties) = (Stopwatch.StartNew(), new byte[200], new BasicProperties { Persistent = true });
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ => { while (watch.Elapsed < Duration) await publishing.BasicPublishAsync("", queue, mandatory: true, properties, body); }));
        var rate = received / watch.Elapsed.TotalSeconds;
        await consuming.QueueDeleteAsync(queue);
        return rate;
    }

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Tps();
}
