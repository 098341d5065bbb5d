using Hangfire;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;

namespace Riq.Bench.Peers;

/// <summary>Hangfire with its storage in the same Postgres, its server in this process.</summary>
sealed class HangfirePeer : IAsyncDisposable
{
    // More slow it down here: they fetch one by one from one table.
    const int Workers = 20, Clients = 16;

    readonly PostgreSqlStorage _storage;
    readonly BackgroundJobServer _server;
    readonly BackgroundJobClient _client;

    public HangfirePeer(string connectionString)
    {
        var options = new PostgreSqlStorageOptions { QueuePollInterval = TimeSpan.FromMilliseconds(50) };
        _storage = new(new NpgsqlConnectionFactory(connectionString + ";Pooling=true;Maximum Pool Size=60", options), options);
        _client = new(_storage);
        _server = new(new BackgroundJobServerOptions { WorkerCount = Workers }, _storage);
    }

    public Task Enqueue(int jobs)
    {
        var left = jobs;
        return Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(() => { while (Interlocked.Decrement(ref left) >= 0) _client.Enqueue(() => Job.Run()); })));
    }

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return ValueTask.CompletedTask;
    }
}
