using System.Collections.Concurrent;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Riq.Engine.Batching;

namespace Riq.UnitTests.Batching;

public class GroupCommitTests
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_lone_caller_gets_its_answer_without_waiting_for_others()
    {
        var batches = new ConcurrentQueue<int[]>();
        var commit = new GroupCommit<int, int>(items => { batches.Enqueue(items); return Task.FromResult(Array.ConvertAll(items, i => -i)); });
        for (var i = 1; i <= 3; i++) Assert.Equal(-i, await commit.Add(i).WaitAsync(Limit));
        Assert.Equal([1, 2, 3], batches.Select(Assert.Single));
    }

    [Fact]
    public async Task What_arrives_while_a_batch_is_under_way_forms_the_next_one()
    {
        var (first, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var batches = new ConcurrentQueue<int[]>();
        var commit = new GroupCommit<int, int>(async items =>
        {
            batches.Enqueue(items);
            first.TrySetResult();
            await go.Task;
            return items;
        });
        var all = new List<Task<int>> { commit.Add(0) };
        await first.Task.WaitAsync(Limit);
        for (var i = 1; i <= 10; i++) all.Add(commit.Add(i));
        Assert.DoesNotContain(all, t => t.IsCompleted);
        go.SetResult();
        Assert.Equal(Enumerable.Range(0, 11), await Task.WhenAll(all).WaitAsync(Limit));
        Assert.Equal(2, batches.Count);
        Assert.Equal([0], batches.First());
        Assert.Equal(Enumerable.Range(1, 10), batches.Last());
    }

    [Fact]
    public async Task A_batch_never_has_more_items_than_allowed()
    {
        var (sizes, go, first) = (new ConcurrentQueue<int>(), new TaskCompletionSource(), new TaskCompletionSource());
        var commit = new GroupCommit<int, int>(async items => { sizes.Enqueue(items.Length); first.TrySetResult(); await go.Task; return items; }, maxBatch: 4);
        var all = new List<Task<int>> { commit.Add(0) };
        await first.Task.WaitAsync(Limit);
        for (var i = 1; i <= 10; i++) all.Add(commit.Add(i));
        go.SetResult();
        Assert.Equal(Enumerable.Range(0, 11), await Task.WhenAll(all).WaitAsync(Limit));
        Assert.Equal([1, 4, 4, 2], sizes);
    }

    [Fact]
    public async Task The_usual_limit_of_a_batch_is_256()
    {
        var (sizes, go, first) = (new ConcurrentQueue<int>(), new TaskCompletionSource(), new TaskCompletionSource());
        var commit = new GroupCommit<int, int>(async items => { sizes.Enqueue(items.Length); first.TrySetResult(); await go.Task; return items; });
        var all = new List<Task<int>> { commit.Add(0) };
        await first.Task.WaitAsync(Limit);
        for (var i = 0; i < 300; i++) all.Add(commit.Add(i));
        go.SetResult();
        await Task.WhenAll(all).WaitAsync(Limit);
        Assert.Equal([1, 256, 44], sizes);
    }

    [Property(MaxTest = 30)]
    public async Task Under_concurrency_one_batch_runs_at_a_time_and_everybody_gets_its_own_answer_once(byte callers, byte maxBatch)
    {
        var (running, overlaps, seen) = (0, 0, new ConcurrentBag<int>());
        var commit = new GroupCommit<int, int>(async items =>
        {
            if (Interlocked.Increment(ref running) > 1) Interlocked.Increment(ref overlaps);
            foreach (var item in items) seen.Add(item);
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return Array.ConvertAll(items, i => i * 2);
        }, 1 + maxBatch % 16);
        const int each = 20;
        var answers = await Task.WhenAll(Enumerable.Range(0, 1 + callers % 32).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++) if (await commit.Add(caller * each + i) != (caller * each + i) * 2) return false;
            return true;
        }))).WaitAsync(Limit);
        Assert.All(answers, Assert.True);
        Assert.Equal(0, overlaps);
        Assert.Equal(Enumerable.Range(0, answers.Length * each), seen.Order());
    }

    [Fact]
    public async Task A_batch_whose_data_the_server_refuses_is_repeated_item_by_item()
    {
        var runs = new ConcurrentQueue<int[]>();
        var outcome = await RunTogether(5, items =>
        {
            runs.Enqueue(items);
            if (items.Contains(3)) throw Postgres("22P05");
            return items;
        });
        Assert.Equal("22P05", Assert.IsType<PostgresException>(outcome[3].Exception!.InnerException).SqlState);
        Assert.All(outcome.Where((_, i) => i != 3), t => Assert.True(t.IsCompletedSuccessfully));
        Assert.Equal([1, 5, 1, 1, 1, 1, 1], runs.Select(r => r.Length));   // the one that holds the pump, the batch, then one by one
    }

    [Fact]
    public async Task A_deadlock_is_simply_tried_again()
    {
        var deadlocks = 2;
        var runs = 0;
        var outcome = await RunTogether(4, items =>
        {
            if (items.Length == 1) return items;
            runs++;
            return deadlocks-- > 0 ? throw Postgres(PostgresErrorCodes.DeadlockDetected) : items;
        });
        Assert.All(outcome, t => Assert.True(t.IsCompletedSuccessfully));
        Assert.Equal(3, runs);
    }

    [Fact]
    public async Task Deadlocks_without_end_fail_the_batch_after_three_more_tries()
    {
        var runs = 0;
        var outcome = await RunTogether(4, items =>
        {
            if (items.Length == 1) return items;
            runs++;
            throw Postgres(PostgresErrorCodes.DeadlockDetected);
        });
        Assert.All(outcome, t => Assert.Equal(PostgresErrorCodes.DeadlockDetected, Assert.IsType<PostgresException>(t.Exception!.InnerException).SqlState));
        Assert.Equal(4, runs);
    }

    public static TheoryData<Exception> Outages() => [new NpgsqlException("gone"), new TimeoutException(), new InvalidOperationException("a bug"), Postgres("57P03"), Postgres("53300")];

    [Theory, MemberData(nameof(Outages))]
    public async Task Any_other_failure_goes_to_everybody_in_the_batch_and_is_not_repeated(Exception failure)
    {
        var runs = 0;
        var outcome = await RunTogether(4, items =>
        {
            if (items.Length == 1) return items;
            runs++;
            throw failure;
        });
        Assert.All(outcome, t => Assert.Same(failure, t.Exception!.InnerException));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_single_item_that_the_server_refuses_is_tried_once()
    {
        var runs = 0;
        var commit = new GroupCommit<int, int>(_ => { runs++; throw Postgres("22P05"); });
        await Assert.ThrowsAsync<PostgresException>(() => commit.Add(1).WaitAsync(Limit));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_failure_does_not_stop_what_comes_after()
    {
        var fail = true;
        var commit = new GroupCommit<int, int>(items => fail ? throw new TimeoutException() : Task.FromResult(items));
        await Assert.ThrowsAsync<TimeoutException>(() => commit.Add(1).WaitAsync(Limit));
        fail = false;
        Assert.Equal(2, await commit.Add(2).WaitAsync(Limit));
    }

    [Fact]
    public async Task A_batch_that_nobody_is_in_a_hurry_about_waits_to_fill()
    {
        var time = new FakeTimeProvider();
        var sizes = new ConcurrentQueue<int>();
        var commit = new GroupCommit<int, int>(items => { sizes.Enqueue(items.Length); return Task.FromResult(items); }, maxBatch: 4, (TimeSpan.FromMilliseconds(100), time));
        var early = Enumerable.Range(0, 3).Select(commit.Add).ToArray();
        // Forward until it has begun to wait, and then to the end of that: whatever comes first.
        await Forward(time, Task.WhenAll(early)).WaitAsync(Limit);
        Assert.Equal([3], sizes);
    }

    [Fact]
    public async Task A_full_batch_waits_for_no_more()
    {
        var sizes = new ConcurrentQueue<int>();
        var commit = new GroupCommit<int, int>(items => { sizes.Enqueue(items.Length); return Task.FromResult(items); }, maxBatch: 1, (TimeSpan.FromMilliseconds(100), new FakeTimeProvider()));
        var answers = await Task.WhenAll(Enumerable.Range(1, 3).Select(commit.Add)).WaitAsync(Limit);   // the clock stands still
        Assert.Equal([1, 2, 3], answers);
        Assert.Equal([1, 1, 1], sizes);
    }

    [Fact]
    public async Task An_answer_too_few_leaves_nobody_waiting()
    {
        var outcome = await RunTogether(3, items => items.Length == 1 ? items : items[..1]);
        Assert.Equal([true, false, false], outcome.Select(t => t.IsCompletedSuccessfully));
        Assert.All(outcome, t => Assert.True(t.IsCompleted));
    }

    /// <summary>Runs items 0 to <paramref name="count"/> - 1 in one batch, behind an item that is under way alone.</summary>
    static async Task<Task<int>[]> RunTogether(int count, Func<int[], int[]> run)
    {
        var (first, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var commit = new GroupCommit<int, int>(async items =>
        {
            first.TrySetResult();
            await go.Task;
            return run(items);
        });
        var ahead = commit.Add(-1);
        await first.Task.WaitAsync(Limit);
        var tasks = Enumerable.Range(0, count).Select(commit.Add).ToArray();
        go.SetResult();
        Assert.Equal(-1, await ahead.WaitAsync(Limit));
        await ((Task)Task.WhenAll(tasks)).WaitAsync(Limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return tasks;
    }

    static async Task Forward(FakeTimeProvider time, Task until)
    {
        while (!until.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }
    }

    static PostgresException Postgres(string state) => new("refused", "ERROR", "ERROR", state);
}
