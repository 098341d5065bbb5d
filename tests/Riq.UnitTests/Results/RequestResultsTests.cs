using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Riq.Engine.Results;
using Riq.Engine.Storage;

namespace Riq.UnitTests.Results;

/// <summary>Who reads what it waits for, told by a database that isn't there: each read throws.</summary>
public sealed class RequestResultsTests : IAsyncDisposable
{
    static readonly TimeSpan Wait = TimeSpan.FromSeconds(30);

    readonly Database _nowhere = new("Host=127.0.0.1;Port=1;Username=nobody;Database=none");
    readonly Waiters _waiters = new();
    readonly FakeTimeProvider _time = new();
    readonly RequestResults _results;
    readonly Guid _id = Guid.CreateVersion7();

    public RequestResultsTests()
    {
        _results = new(_nowhere, _waiters, _time);
        _waiters.Expect(_id, "team");
    }

    public ValueTask DisposeAsync() => _nowhere.DisposeAsync();

    Task Await(Guid id, string client = "team", TimeSpan? wait = null, Func<RequestSnapshot, bool>? enough = null) => _results.Await(id, wait ?? Wait, c => c == client, CancellationToken.None, enough);

    static Task Reads(Task waiting) => Assert.ThrowsAsync<NpgsqlException>(() => waiting);

    async Task<Task> WaitingUnread()
    {
        var waiting = Await(_id);
        await Reads(Await(Guid.NewGuid()));   // a read of the other one would have come before this one's
        Assert.False(waiting.IsCompleted);
        return waiting;
    }

    [Fact]
    public async Task What_was_submitted_here_is_read_when_its_end_is_heard_of()
    {
        var waiting = await WaitingUnread();
        _waiters.Wake(_id);
        await Reads(waiting);
    }

    [Fact]
    public async Task It_is_read_when_an_end_may_have_been_missed()
    {
        var waiting = await WaitingUnread();
        _waiters.WakeAll();
        await Reads(waiting);
    }

    [Fact]
    public async Task It_is_read_when_the_time_is_over()
    {
        var waiting = await WaitingUnread();
        _time.Advance(Wait);
        await Reads(waiting);
    }

    [Fact]
    public async Task Who_does_not_wait_or_knows_a_version_or_is_somebody_else_reads_at_once()
    {
        await Reads(Await(_id, wait: TimeSpan.Zero));
        await Reads(Await(_id, enough: _ => false));
        await Reads(Await(_id, client: "others"));
    }
}
