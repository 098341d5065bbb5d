using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Riq.Engine.Execution;
using Riq.Engine.Reads;
using Riq.Engine.Recovery;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Architecture;

/// <summary>The set-based statements and the transition table agree, as far as their text tells.</summary>
public partial class SqlTests
{
    /// <summary>Every SQL statement of the engine that touches requests, under the type that holds it.</summary>
    static readonly (Type Owner, string Sql)[] Statements =
    [
        .. from type in typeof(QueueRequest).Assembly.GetTypes()
           where type.Namespace?.Contains("Migrations", StringComparison.Ordinal) != true
           from field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           where field.IsLiteral && field.FieldType == typeof(string)
           let sql = (string)field.GetRawConstantValue()!
           where sql.Contains("queue_requests", StringComparison.Ordinal)
           select (type, sql),
    ];

    static string Sql(Type owner, string name) => (string)owner.GetField(name, BindingFlags.Static | BindingFlags.NonPublic)!.GetRawConstantValue()!;

    [Fact]
    public void The_statements_are_found() =>
        Assert.Superset(new HashSet<Type> { typeof(SubmissionStore), typeof(ClaimStore), typeof(TransitionStore) }, Statements.Select(s => s.Owner).ToHashSet());

    [Fact]
    public void Every_status_in_a_statement_is_one_of_the_five()
    {
        var named = Statements.SelectMany(s => StatusComparison().Matches(s.Sql).SelectMany(m => Literal().Matches(m.Value)).Select(m => m.Groups[1].Value)).ToArray();
        Assert.NotEmpty(named);
        Assert.Subset(RequestStatus.All.ToHashSet(), named.ToHashSet());
    }

    [Fact]
    public void Only_submission_claim_recovery_and_the_machine_s_store_write_a_status()
    {
        var inserts = Statements.Where(s => s.Sql.Contains("insert into queue_requests", StringComparison.Ordinal)).Select(s => s.Owner);
        var updates = Statements.Where(s => StatusAssignment().IsMatch(s.Sql)).Select(s => s.Owner);
        Assert.Equal([typeof(OrderedInsert), typeof(ReadCache), typeof(SubmissionStore)], inserts.OrderBy(t => t.Name, StringComparer.Ordinal));
        Assert.Equal([typeof(BackupRecovery), typeof(ClaimStore), typeof(FillStore), typeof(TransitionStore)], updates.OrderBy(t => t.Name, StringComparer.Ordinal));
    }

    // A comparison says that the column is not null. A statement that knows the id says no more than which state the row is in.
    [Fact]
    public void An_index_on_what_waits_or_runs_serves_only_statements_that_look_for_its_column()
    {
        using var context = new Engine.Storage.RiqDbContext(Engine.Storage.RiqDbContext.Options("Host=nowhere"));
        var parts = context.Model.GetEntityTypes().Single(t => t.ClrType == typeof(QueueRequest)).GetIndexes().Where(i => i.GetFilter()?.Contains("status", StringComparison.Ordinal) == true).ToArray();
        Assert.NotEmpty(parts);
        Assert.All(parts, i => Assert.True(i.Properties[0].GetColumnName() == "status" || i.GetFilter()!.Contains(" is not null", StringComparison.Ordinal), i.GetDatabaseName()));
    }

    [Theory]
    [InlineData(typeof(SubmissionStore))]
    [InlineData(typeof(OrderedInsert))]
    public void Submission_stores_what_the_table_says_of_being_accepted(Type owner)
    {
        var sql = Sql(owner, "InsertSql");
        Assert.Equal(["queued"], Literals(sql).Intersect(RequestStatus.All));
        Assert.True(Transitions.IsAllowed(null, RequestEvent.Accepted, "queued"));
        Assert.Contains("select id, 1, now(), 'accepted', 'queued', 1 from added", sql, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_from_the_cache_stores_what_the_table_says_of_it()
    {
        var sql = Sql(typeof(ReadCache), "AnswerSql");
        Assert.Equal(["completed"], Literals(sql).Intersect(RequestStatus.All).Distinct());
        Assert.True(Transitions.IsAllowed(null, RequestEvent.AnsweredFromCache, "completed"));
        Assert.Contains("select id, 1, now(), 'answered_from_cache', 'completed', 1 from added", sql, StringComparison.Ordinal);
    }

    [Fact]
    public void The_claim_stores_what_the_table_says_of_being_started()
    {
        var sql = Sql(typeof(ClaimStore), "ClaimSql");
        var to = StatusAssignment().Match(sql).Groups[1].Value;
        Assert.Equal("'processing'", to);
        // From queued by the table; from processing only what this very claim has taken already.
        Assert.Contains("r.status = 'queued' and r.ready", sql, StringComparison.Ordinal);
        Assert.Contains("r.status = 'processing' and r.claim_id = t.claim_id", sql, StringComparison.Ordinal);
        Assert.True(Transitions.IsAllowed("queued", RequestEvent.Started, "processing"));
        Assert.Contains("'started', 'processing'", sql, StringComparison.Ordinal);
    }

    [Fact]
    public void Recovery_of_a_backup_stores_what_the_table_says_of_being_recovered()
    {
        Assert.Contains("status = case when r.status = 'processing' then 'queued' else r.status end", Sql(typeof(BackupRecovery), "RecoverSql"), StringComparison.Ordinal);
        Assert.All(["queued", "processing"], from => Assert.True(Transitions.IsAllowed(from, RequestEvent.Recovered, "queued")));
        Assert.All(["completed", "failed", "dead"], from => Assert.False(Transitions.Accepts(from, RequestEvent.Recovered)));
    }

    [Fact]
    public void A_claim_takes_no_attempt_that_must_not_run_yet()
    {
        var sql = Sql(typeof(ClaimStore), "ClaimSql");
        foreach (var condition in new[] { "r.attempt = t.attempt", "r.ready", "coalesce(r.next_retry_at, now()) <= now()", "(r.next_step = 'clear_up' or r.expires_at is null or r.expires_at > now())" })
            Assert.Contains(condition, sql, StringComparison.Ordinal);
    }

    [Fact]
    public void The_machine_s_store_writes_no_status_of_its_own()
    {
        var sql = Sql(typeof(TransitionStore), "SaveSql");
        Assert.Equal("t.status", StatusAssignment().Match(sql).Groups[1].Value);
        Assert.Contains("r.version = t.version", sql, StringComparison.Ordinal);
        // What it treats as an end is what the product calls one.
        var ends = StatusComparison().Matches(sql).Where(m => m.Value.Contains(" in ", StringComparison.Ordinal)).Select(m => Literals(m.Value).Order());
        Assert.NotEmpty(ends);
        Assert.All(ends, e => Assert.Equal(RequestStatus.All.Where(RequestStatus.IsEnd).Order(), e));
        // And the events that it knows by name are words of the machine.
        Assert.Equal(["retry_requested", "sent_again"], EventComparison().Matches(sql).SelectMany(m => Literals(m.Value)));
    }

    [Fact]
    public async Task The_events_that_clear_the_expiry_are_the_machine_s_words_for_another_run()
    {
        var (life, request) = (UnitTests.Requests.Life.Of(), UnitTests.Requests.Life.Request(RequestStatus.Dead));
        await life.Raise(request, life.Machine.RetryRequested, new RetryRequested("anna"));
        Assert.Equal("retry_requested", request.Pending!.Event);
        request = UnitTests.Requests.Life.Request(RequestStatus.Dead);
        await life.Raise(request, life.Machine.SentAgain, new SentAgain("anna"));
        Assert.Equal("sent_again", request.Pending!.Event);
    }

    [Fact]
    public void Every_change_of_a_request_counts_its_version()
    {
        var changing = Statements.Where(s => StatusAssignment().IsMatch(s.Sql));
        Assert.All(changing, s => Assert.Contains("version = r.version + 1", s.Sql, StringComparison.Ordinal));
    }

    // Queries that add columns of their own behind these count on it.
    [Fact]
    public void The_columns_of_a_request_are_as_many_as_is_said() => Assert.Equal(RequestRow.ColumnCount, RequestRow.Columns.Split(',').Length);

    [Fact]
    public void The_names_of_messages_written_by_hand_are_MassTransit_s_own()
    {
        Assert.Equal(ExecuteRequest.MessageUrn, MassTransit.MessageUrn.ForTypeString<ExecuteRequest>());
        Assert.Equal(RequestsEnded.MessageUrn, MassTransit.MessageUrn.ForTypeString<RequestsEnded>());
    }

    static IEnumerable<string> Literals(string sql) => Literal().Matches(sql).Select(m => m.Groups[1].Value);

    [GeneratedRegex(@"'([a-z_]+)'")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\bstatus\s*(=|<>|in)\s*(\([^)]*\)|'[a-z_]+')")]
    private static partial Regex StatusComparison();

    [GeneratedRegex(@"update queue_requests r set\s+(?:(?!\bwhere\b)[\s\S])*?\bstatus = ('[a-z]+'|t\.status)")]
    private static partial Regex StatusAssignment();

    [GeneratedRegex(@"\.event (=|in) (\([^)]*\)|'[a-z_]+')")]
    private static partial Regex EventComparison();
}
