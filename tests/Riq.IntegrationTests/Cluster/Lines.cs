using Riq.TestKit.Servers;

namespace Riq.IntegrationTests.Cluster;

/// <summary>One host's own ways to the servers.</summary>
public sealed record Lines(TcpProxy Postgres, TcpProxy RabbitMq) : IAsyncDisposable
{
    /// <summary>The host is as good as dead: nobody hears of it any more.</summary>
    public void Cut()
    {
        Postgres.Cut();
        RabbitMq.Cut();
    }

    public void Mend()
    {
        foreach (var line in new[] { Postgres, RabbitMq })
        {
            line.Thaw();
            line.Restore();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        await RabbitMq.DisposeAsync();
    }
}
