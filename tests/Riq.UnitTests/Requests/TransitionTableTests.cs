using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Requests;

/// <summary>The machine and the table of allowed transitions say the same, for every pair of status and event.</summary>
public class TransitionTableTests
{
    public static TheoryData<string, int> Pairs()
    {
        var pairs = new TheoryData<string, int>();
        foreach (var status in RequestStatus.All)
            for (var i = 0; i < HappenedEvent.All.Count; i++) pairs.Add(status, i);
        return pairs;
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task An_event_leads_where_the_table_says_or_changes_nothing(string status, int which)
    {
        var happened = HappenedEvent.All[which];
        var request = Life.RequestFor(happened.Kind, status);
        var before = Life.Facts(request);

        var taken = await happened.Raise(Life.Of(), request);

        if (Transitions.Accepts(status, happened.Kind))
        {
            Assert.True(Transitions.IsAllowed(status, happened.Kind, request.Status), $"{status} + {happened} led to {request.Status}");
            return;
        }
        Assert.False(taken);
        Assert.Null(request.Pending);
        Assert.Equal(before, Life.Facts(request));
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task An_event_that_means_nothing_wipes_what_was_pending_before(string status, int which)
    {
        var happened = HappenedEvent.All[which];
        if (Transitions.Accepts(status, happened.Kind)) return;
        var request = Life.Request(status);
        request.Pending = new("stored_already", status);
        Assert.False(await happened.Raise(Life.Of(), request));
        Assert.Null(request.Pending);
    }

    [Fact]
    public async Task Every_row_of_the_table_is_reached_by_the_machine()
    {
        // Accepting and recovering are statements of their own (SqlTests).
        var reached = new HashSet<Transitions.Allowed>
        {
            new(null, RequestEvent.Accepted, RequestStatus.Queued), new(null, RequestEvent.AnsweredFromCache, RequestStatus.Completed),
            new(RequestStatus.Queued, RequestEvent.Recovered, RequestStatus.Queued), new(RequestStatus.Processing, RequestEvent.Recovered, RequestStatus.Queued),
        };
        foreach (var status in RequestStatus.All)
            foreach (var happened in HappenedEvent.All)
                foreach (var maxRetries in new[] { 0, 3 })
                {
                    var request = Life.RequestFor(happened.Kind, status, maxRetries);
                    request.Crashes = Decisions.FreeCrashes;
                    await happened.Raise(Life.Of(), request);
                    if (Transitions.Accepts(status, happened.Kind)) reached.Add(new(status, happened.Kind, request.Status));
                }
        Assert.Equal(Sorted(Transitions.Table.Except([new(RequestStatus.Processing, RequestEvent.LeaseLost, RequestStatus.Queued)])),
            Sorted(reached.Where(t => t != new Transitions.Allowed(RequestStatus.Processing, RequestEvent.LeaseLost, RequestStatus.Queued))));
        // With crashes to spare the same event goes back to the queue.
        var spared = Life.Request(RequestStatus.Processing);
        await Life.Of().Raise(spared, Life.Of().Machine.LeaseLost, new LeaseLost(RepeatSafe: true));
        Assert.Equal(RequestStatus.Queued, spared.Status);
    }

    [Fact]
    public void The_table_lists_each_transition_once_and_knows_all_statuses_and_events()
    {
        Assert.Equal(Transitions.Table.Count, Transitions.Table.Distinct().Count());
        Assert.All(Transitions.Table, t => Assert.Contains(t.To, RequestStatus.All));
        Assert.All(Transitions.Table, t => Assert.True(t.From is null || RequestStatus.All.Contains(t.From)));
        Assert.Equal(Enum.GetValues<RequestEvent>().Order(), Transitions.Table.Select(t => t.Event).Distinct().Order());
    }

    /// <summary>Section 2 of the product's specification, as far as it is built.</summary>
    [Fact]
    public void The_table_is_the_one_of_the_specification()
    {
        (string? From, RequestEvent Event, string[] To)[] specified =
        [
            (null, RequestEvent.Accepted, ["queued"]),
            (null, RequestEvent.AnsweredFromCache, ["completed"]),
            ("queued", RequestEvent.Started, ["processing"]),
            ("queued", RequestEvent.Shared, ["completed", "queued", "failed", "dead"]),
            ("queued", RequestEvent.Cancelled, ["failed"]),
            ("queued", RequestEvent.Expired, ["failed"]),
            ("queued", RequestEvent.HandedBack, ["queued"]),
            ("queued", RequestEvent.Released, ["queued"]),
            ("queued", RequestEvent.DependencyFailed, ["failed"]),
            ("processing", RequestEvent.Succeeded, ["completed"]),
            ("processing", RequestEvent.AttemptFailed, ["queued", "failed", "dead"]),
            ("processing", RequestEvent.HandedBack, ["queued"]),
            ("processing", RequestEvent.LeaseLost, ["queued", "dead"]),
            ("processing", RequestEvent.OutcomeChecked, ["queued", "completed", "dead"]),
            ("queued", RequestEvent.Recovered, ["queued"]),
            ("processing", RequestEvent.Recovered, ["queued"]),
            ("failed", RequestEvent.RetryRequested, ["queued"]),
            ("dead", RequestEvent.RetryRequested, ["queued"]),
            ("dead", RequestEvent.Adopted, ["completed"]),
            ("dead", RequestEvent.SentAgain, ["queued"]),
            ("dead", RequestEvent.Abandoned, ["failed"]),
        ];
        var expected = specified.SelectMany(s => s.To, (s, to) => new Transitions.Allowed(s.From, s.Event, to));
        Assert.Superset(Sorted(expected).ToHashSet(), Sorted(Transitions.Table).ToHashSet());
    }

    [Fact]
    public void Nothing_leaves_completed()
    {
        Assert.DoesNotContain(Transitions.Table, t => t.From == RequestStatus.Completed);
        Assert.All(Enum.GetValues<RequestEvent>(), e => Assert.False(Transitions.Accepts(RequestStatus.Completed, e)));
    }

    [Fact]
    public void A_request_is_born_only_by_being_accepted_or_answered_at_once() =>
        Assert.Equal([new(null, RequestEvent.Accepted, RequestStatus.Queued), new(null, RequestEvent.AnsweredFromCache, RequestStatus.Completed)],
            Transitions.Table.Where(t => t.From is null || t.Event is RequestEvent.Accepted or RequestEvent.AnsweredFromCache));

    [Fact]
    public void Only_a_claim_leads_to_processing() =>
        Assert.Equal([new(RequestStatus.Queued, RequestEvent.Started, RequestStatus.Processing)], Transitions.Table.Where(t => t.To == RequestStatus.Processing));

    [Fact]
    public void The_machine_has_one_state_for_each_stored_status()
    {
        var machine = Life.Of().Machine;
        Assert.Equal(["Completed", "Dead", "Failed", "Processing", "Queued"], new[] { machine.Queued, machine.Processing, machine.Completed, machine.Failed, machine.Dead }.Select(s => s.Name).Order());
        foreach (var status in RequestStatus.All)
        {
            var request = Life.Request(status);
            var name = request.CurrentState;
            Assert.Equal(status, name.ToLowerInvariant());
            request.CurrentState = name;
            Assert.Equal(status, request.Status);
        }
    }

    [Theory]
    [InlineData("completed", true), InlineData("failed", true), InlineData("dead", true), InlineData("queued", false), InlineData("processing", false)]
    public void Ended_are_exactly_completed_failed_and_dead(string status, bool ended) => Assert.Equal(ended, RequestStatus.IsEnd(status));

    [Theory]
    [InlineData(ErrorCodes.RateLimited, true), InlineData(ErrorCodes.Timeout, true), InlineData(ErrorCodes.ServiceUnavailable, true)]
    [InlineData(ErrorCodes.Conflict, true), InlineData(ErrorCodes.Internal, true), InlineData(ErrorCodes.AuthFailed, true)]
    [InlineData(ErrorCodes.NotFound, false), InlineData(ErrorCodes.ValidationError, false), InlineData(ErrorCodes.Forbidden, false)]
    [InlineData(ErrorCodes.DependencyFailed, false), InlineData(ErrorCodes.ConsistencyTokenExpired, false), InlineData(ErrorCodes.ConsistencyTokenInvalid, false)]
    [InlineData(ErrorCodes.Cancelled, false), InlineData(ErrorCodes.Expired, false), InlineData("SOMETHING_NEW", false)]
    public void Each_error_code_is_repeated_or_not(string code, bool repeated) => Assert.Equal(repeated, ErrorCodes.IsTransient(code));

    [Fact]
    public void No_error_code_is_missing_above()
    {
        var checkedCodes = typeof(TransitionTableTests).GetMethod(nameof(Each_error_code_is_repeated_or_not))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>().Select(d => (string)d.GetData(null!).Single()[0]);
        Assert.Equal(HappenedEvent.Codes.Order(), checkedCodes.Order());
    }

    static IEnumerable<string> Sorted(IEnumerable<Transitions.Allowed> table) => table.Select(t => t.ToString()).Order();
}
