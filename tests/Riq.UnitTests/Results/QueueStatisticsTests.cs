using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Riq.Engine.Requests;
using Riq.Engine.Statistics;
using Riq.Engine.Storage;

namespace Riq.UnitTests.Results;

/// <summary>What a client is told about its place in the queue, from counts as the leading worker writes them.</summary>
public sealed class QueueStatisticsTests : IAsyncLifetime
{
    readonly FakeTimeProvider _time = new(new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero));
    readonly Database _database = new("Host=127.0.0.1;Port=1;Database=nowhere");   // never opened

    [Fact]
    public void Those_of_the_same_and_higher_priority_are_ahead()
    {
        var statistics = Statistics(Counts(Priorities.High, 10, 2), Counts(Priorities.Normal, 20, 3), Counts(Priorities.Low, 40, 0), Counts(Priorities.High, 999, 9, service: "confluence"));
        Assert.Equal((11, 31, 71), (Position(Priorities.High), Position(Priorities.Normal), Position(Priorities.Low)));
        long? Position(string priority) => statistics.Estimate("jira", priority).Position;
    }

    [Fact]
    public void Completion_is_expected_at_the_rate_at_which_all_priorities_end()
    {
        var statistics = Statistics(Counts(Priorities.High, 10, 2), Counts(Priorities.Normal, 19, 3));
        Assert.Equal(_time.GetUtcNow().AddSeconds(6), statistics.Estimate("jira", Priorities.Normal).Completion);
    }

    [Fact]
    public void Nothing_is_promised_while_nothing_ends()
    {
        var estimate = Statistics(Counts(Priorities.Normal, 5, 0)).Estimate("jira", Priorities.Normal);
        Assert.Equal((6, null), estimate);
    }

    [Fact]
    public void Nothing_is_told_from_counts_that_are_old_or_missing()
    {
        var statistics = Statistics(Counts(Priorities.Normal, 5, 1));
        Assert.Equal((null, null), statistics.Estimate("other", Priorities.Normal));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((null, null), statistics.Estimate("jira", Priorities.Normal));
    }

    [Fact]
    public void A_crawling_queue_is_expected_to_take_30_days_at_the_most()
    {
        var statistics = Statistics(Counts(Priorities.Normal, long.MaxValue / 2, double.Epsilon));
        Assert.Equal(_time.GetUtcNow().AddDays(30), statistics.Estimate("jira", Priorities.Normal).Completion);
    }

    [Fact]
    public void The_depth_of_a_service_counts_all_its_priorities()
    {
        var statistics = Statistics(Counts(Priorities.High, 1, 0), Counts(Priorities.Low, 2, 0), Counts(Priorities.Low, 4, 0, service: "confluence"));
        Assert.Equal((3, 4, 0), (statistics.Depth("jira"), statistics.Depth("confluence"), statistics.Depth("other")));
    }

    QueueCounts Counts(string priority, long queued, double endedPerSecond, string service = "jira") =>
        new(service, priority, queued, 0, null, endedPerSecond, _time.GetUtcNow().UtcDateTime);

    QueueStatistics Statistics(params QueueCounts[] counts)
    {
        var statistics = new QueueStatistics(_database, _time, NullLogger<QueueStatistics>.Instance);
        Known(statistics) = counts;
        Reading(statistics) = 1;   // as if somebody else were reading: the database is left alone
        return statistics;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_counts")]
    static extern ref IReadOnlyList<QueueCounts> Known(QueueStatistics statistics);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_reading")]
    static extern ref int Reading(QueueStatistics statistics);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _database.DisposeAsync();
}
