using Microsoft.Extensions.Time.Testing;
using Riq.Client.Adapters;

namespace Riq.UnitTests.Client;

public class OwnWritesTests
{
    readonly FakeTimeProvider _time = new();
    readonly OwnWrites _writes;

    public OwnWritesTests() => _writes = new(_time);

    static QueuedOperation Create => QueuedOperation.Write("jira.create_task", new { });
    static QueuedOperation Update(string task) => QueuedOperation.Write("jira.update_task", new { }, task);
    static QueuedOperation Get(string task) => QueuedOperation.Read("jira.get_task", new { }, task);
    static QueuedOperation Search(string service = "jira") => QueuedOperation.Read($"{service}.search", new { });

    [Fact]
    public void A_search_waits_for_the_newest_write_of_its_service()
    {
        _writes.Note(Create, "ct_1", pending: false);
        _writes.Note(Update("MD-1"), "ct_2", pending: false);
        Assert.Equal("ct_2", _writes.TokenFor(Search()));
        Assert.Null(_writes.TokenFor(Search("confluence")));
    }

    [Fact]
    public void A_read_waits_only_for_a_pending_write_of_the_same_thing()
    {
        _writes.Note(Update("MD-1"), "ct_1", pending: true);
        Assert.Equal("ct_1", _writes.TokenFor(Get("md-1")));
        Assert.Null(_writes.TokenFor(Get("MD-2")));
        _writes.Note(Update("MD-1"), "ct_2", pending: false);
        Assert.Null(_writes.TokenFor(Get("MD-1")));
    }

    [Fact]
    public void A_token_that_riq_will_have_forgotten_is_not_used()
    {
        _writes.Note(Create, "ct_1", pending: false);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Null(_writes.TokenFor(Search()));
    }

    [Fact]
    public void A_forgotten_token_is_not_used_and_others_stay()
    {
        _writes.Note(Update("MD-1"), "ct_1", pending: true);
        _writes.Note(Update("MD-2"), "ct_2", pending: true);
        _writes.Forget("ct_2");
        Assert.Null(_writes.TokenFor(Search()));
        Assert.Equal("ct_1", _writes.TokenFor(Get("MD-1")));
    }

    [Fact]
    public void What_is_remembered_has_a_limit_and_the_newest_stay()
    {
        for (var i = 0; i < 5_000; i++)
        {
            _writes.Note(Update($"MD-{i}"), $"ct_{i}", pending: true);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }
        Assert.Equal("ct_4999", _writes.TokenFor(Get("MD-4999")));
        Assert.InRange(Enumerable.Range(0, 5_000).Count(i => _writes.TokenFor(Get($"MD-{i}")) is not null), 500, 1_000);
    }
}
