using System.Text.Json;
using Microsoft.Extensions.Options;
using Riq.Client;
using Riq.Client.Adapters;
using Riq.Contracts;

namespace Riq.UnitTests.Client;

/// <summary>What adapters make of calls before and of answers after the gateway; the way through it is for the integration tests.</summary>
public class QueuedCallsTests : IQueueGateway
{
    readonly List<(SubmitRequest Submission, TimeSpan Wait)> _submitted = [];
    readonly Queue<QueueAnswer<SubmissionReceipt>> _answers = [];
    readonly RiqClientOptions _options = new() { Url = new("http://riq.test") };

    ITaskAdapter Jira => field ??= new QueuedJiraAdapter(new(this, Options.Create(_options), TimeProvider.System), new());

    public Task<QueueAnswer<SubmissionReceipt>> Submit(SubmitRequest submission, TimeSpan wait = default, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        _submitted.Add((submission, wait));
        return Task.FromResult(_answers.Dequeue());
    }

    Task<IReadOnlyList<QueueAnswer<SubmissionReceipt>>> IQueueGateway.SubmitMany(IReadOnlyList<SubmitRequest> submissions, CancellationToken cancellation) => throw new NotSupportedException();
    Task<QueueAnswer<RequestState>> IQueueGateway.Get(string token, TimeSpan wait, CancellationToken cancellation) => throw new NotSupportedException();
    Task<QueueAnswer<RequestState>> IQueueGateway.Cancel(string token, CancellationToken cancellation) => throw new NotSupportedException();

    SubmitRequest Last => _submitted[^1].Submission;

    void Ends(string status, string? result = """{"id":"MD-1"}""", RequestFault? error = null, string? consistency = "ct_1") => _answers.Enqueue(QueueAnswer<SubmissionReceipt>.Of(new()
    {
        Token = "req_1", Status = status, ConsistencyToken = consistency,
        State = new() { Token = "req_1", Operation = "jira.x", Status = status, Result = result is null ? null : JsonSerializer.Deserialize<JsonElement>(result), Error = error },
    }));

    void Fails(RequestFault error) => Ends("failed", result: null, error);

    void Accepts(string status = "queued", RequestState? state = null) => _answers.Enqueue(QueueAnswer<SubmissionReceipt>.Of(new() { Token = "req_1", Status = status, ConsistencyToken = "ct_1", State = state }));

    void Refuses(QueueRefusal refusal) => _answers.Enqueue(QueueAnswer<SubmissionReceipt>.Refused(refusal));

    static NewTask NewTask => new() { Title = "T", ProjectId = "MD" };

    [Fact]
    public async Task A_write_waits_unless_it_is_told_otherwise()
    {
        Ends("completed");
        var result = await Jira.CreateTask(NewTask);
        Assert.Equal(("MD-1", "req_1", "ct_1", false), (result.Data!.Id, result.Metadata.Token, result.Metadata.ConsistencyToken, result.Metadata.Pending));
        Assert.Equal(_options.WriteTimeout, _submitted[0].Wait);
        Assert.Equal("""{"title":"T","project_id":"MD"}""", Last.Payload.ToString());
    }

    [Fact]
    public async Task A_write_without_waiting_is_a_success_with_a_token_and_without_data()
    {
        Accepts();
        var result = await Jira.With(new QueuedCall { Wait = false }).CreateTask(NewTask);
        Assert.Equal((true, null, "req_1", "ct_1", true), (result.Success, result.Data, result.Metadata.Token, result.Metadata.ConsistencyToken, result.Metadata.Pending));
        Assert.Equal(TimeSpan.Zero, _submitted[0].Wait);
    }

    [Fact]
    public async Task The_registration_may_say_that_writes_do_not_wait_and_a_call_that_it_does()
    {
        _options.WaitForWrites = false;
        Accepts();
        Assert.True((await Jira.CreateTask(NewTask)).Metadata.Pending);
        Ends("completed");
        Assert.False((await Jira.With(new QueuedCall { Wait = true, Timeout = TimeSpan.FromSeconds(5) }).CreateTask(NewTask)).Metadata.Pending);
        Assert.Equal(TimeSpan.FromSeconds(5), _submitted[1].Wait);
    }

    [Fact]
    public async Task A_read_waits_whatever_is_said_of_writes()
    {
        _options.WaitForWrites = false;
        Ends("completed", consistency: null);
        Assert.Equal("MD-1", (await Jira.GetTask("MD-1")).Data!.Id);
        Assert.Equal(_options.ReadTimeout, _submitted[0].Wait);
    }

    [Fact]
    public async Task What_a_call_says_goes_along()
    {
        Ends("completed");
        await Jira.With(new QueuedCall { Priority = "high", IdempotencyKey = "k", MaxRetries = 1, Fresh = true }).With(new QueuedCall { Priority = "low", ExpiresIn = TimeSpan.FromSeconds(1.5), CallbackUrl = "https://a.test" })
            .CreateTask(NewTask);
        Assert.Equal(("low", "k", 1, null, 2, "https://a.test"), (Last.Priority, Last.IdempotencyKey, Last.MaxRetries, Last.Fresh, Last.ExpiresIn, Last.CallbackUrl));
    }

    [Fact]
    public async Task How_old_an_answer_may_be_goes_along_with_reads_alone()
    {
        var willing = Jira.With(new QueuedCall { StaleIfError = TimeSpan.FromMinutes(10) });
        Ends("completed");
        await willing.GetTask("MD-1");
        Assert.Equal(600, Last.StaleIfError);
        Ends("completed");
        await willing.CreateTask(NewTask);
        Assert.Null(Last.StaleIfError);
    }

    [Fact]
    public async Task A_marker_is_the_writes_key()
    {
        Ends("completed");
        await Jira.CreateTask(NewTask, marker: "order-17");
        Assert.Equal("order-17", Last.IdempotencyKey);
    }

    [Fact]
    public async Task A_reference_to_a_pending_write_waits_for_it()
    {
        Ends("completed");
        const string token = "req_0197f3d2c4d77a6b8e9f00112233aabb";
        await Jira.UpdateTask(new() { TaskId = $"$result.{token}.id", Labels = [$"$result.{token}.type", "$result.nothing"] });
        Assert.Equal([token], Last.DependsOn);
    }

    [Fact]
    public async Task A_search_sees_what_was_created_before_it()
    {
        Ends("completed");
        await Jira.CreateTask(NewTask);
        Ends("completed", """{"tasks":[]}""", consistency: null);
        await Jira.SearchTasks(new() { ProjectId = "MD" });
        Assert.Equal("ct_1", Last.AfterConsistencyToken);
    }

    [Fact]
    public async Task A_failed_write_is_nothing_to_be_seen()
    {
        Fails(new(ErrorCodes.Forbidden, "No."));
        await Jira.CreateTask(NewTask);
        Ends("completed", """{"tasks":[]}""", consistency: null);
        await Jira.SearchTasks(new() { ProjectId = "MD" });
        Assert.Null(Last.AfterConsistencyToken);
    }

    [Theory]
    [InlineData(ErrorCodes.ConsistencyTokenExpired)]
    [InlineData(ErrorCodes.ConsistencyTokenInvalid)]
    public async Task A_remembered_token_that_is_of_no_use_costs_the_read_nothing(string code)
    {
        Accepts();
        await Jira.With(new QueuedCall { Wait = false }).CreateTask(NewTask);
        Fails(new(code, "The write failed."));
        Ends("completed", """{"tasks":[]}""", consistency: null);
        Assert.True((await Jira.SearchTasks(new() { ProjectId = "MD" })).Success);
        Assert.Equal([null, "ct_1", null], _submitted.Select(s => s.Submission.AfterConsistencyToken));
    }

    [Fact]
    public async Task A_token_that_the_caller_gave_is_not_dropped()
    {
        Fails(new(ErrorCodes.ConsistencyTokenExpired, "Too old."));
        Assert.Equal(ErrorCodes.ConsistencyTokenExpired, (await Jira.With(new QueuedCall { AfterConsistencyToken = "ct_9" }).GetTask("MD-1")).Error!.Code);
        Assert.Single(_submitted);
    }

    [Fact]
    public async Task Nothing_is_remembered_when_it_is_switched_off()
    {
        _options.ReadOwnWrites = false;
        Ends("completed");
        await Jira.CreateTask(NewTask);
        Ends("completed", """{"tasks":[]}""", consistency: null);
        await Jira.SearchTasks(new() { ProjectId = "MD" });
        Assert.Null(Last.AfterConsistencyToken);
    }

    [Fact]
    public async Task An_error_is_what_the_direct_adapter_would_have_said()
    {
        var details = JsonSerializer.SerializeToElement(new { summary = "Too long." });
        Fails(new(ErrorCodes.ValidationError, "Jira: no.") { HttpStatus = 400, RetryAfter = 7, Details = details });
        var error = (await Jira.CreateTask(NewTask)).Error!;
        Assert.Equal((ErrorCodes.ValidationError, "Jira: no.", 400, TimeSpan.FromSeconds(7), false), (error.Code, error.Message, error.HttpStatus, error.RetryAfter, error.Unclear));
        Assert.Equal("Too long.", error.Details!.Value.GetProperty("summary").GetString());
    }

    [Fact]
    public async Task An_unknown_outcome_is_unclear()
    {
        Fails(new(ErrorCodes.Timeout, "No answer.") { Details = JsonSerializer.SerializeToElement(new { outcome = "unknown" }) });
        Assert.True((await Jira.CreateTask(NewTask)).Error!.Unclear);
    }

    [Fact]
    public async Task A_write_that_does_not_end_in_time_goes_on_under_its_token()
    {
        Accepts(state: new()
        {
            Token = "req_1", Operation = "jira.create_task", Status = "queued",
            BlockedBy = JsonSerializer.SerializeToElement(new { reason = "circuit", message = "The circuit of jira is open." }),
        });
        var result = await Jira.CreateTask(NewTask);
        Assert.Equal((ErrorCodes.Timeout, true, "req_1"), (result.Error!.Code, result.Error.Unclear, result.Metadata.Token));
        Assert.Equal("jira.create_task did not end within 60 s; it is queued: The circuit of jira is open. It goes on as req_1.", result.Error.Message);
    }

    [Theory]
    [InlineData(RefusalKind.Invalid, ErrorCodes.ValidationError, false)]
    [InlineData(RefusalKind.NotAllowed, ErrorCodes.Forbidden, false)]
    [InlineData(RefusalKind.Busy, ErrorCodes.RateLimited, false)]
    [InlineData(RefusalKind.Unavailable, ErrorCodes.ServiceUnavailable, true)]
    public async Task A_refusal_is_an_error_and_only_a_write_without_an_answer_is_unclear(RefusalKind kind, string code, bool unclear)
    {
        Refuses(new(kind, "T", "D") { RetryAfter = TimeSpan.FromSeconds(3) });
        var error = (await Jira.CreateTask(NewTask)).Error!;
        Assert.Equal((code, unclear, TimeSpan.FromSeconds(3)), (error.Code, error.Unclear, error.RetryAfter));
        Refuses(new(kind, "T", "D"));
        Assert.False((await Jira.GetTask("MD-1")).Error!.Unclear);
    }

    [Fact]
    public async Task A_result_that_cannot_be_read_is_a_fault_and_not_an_exception()
    {
        Ends("completed", """{"nothing":"here"}""");
        Assert.Equal(ErrorCodes.Internal, (await Jira.CreateTask(NewTask)).Error!.Code);
        Ends("completed", result: null);
        Assert.Equal(ErrorCodes.Internal, (await Jira.CreateTask(NewTask)).Error!.Code);
    }

    [Fact]
    public async Task A_caller_that_gave_up_before_anything_was_sent_gets_a_value()
    {
        var error = (await Jira.CreateTask(NewTask, cancellation: new(canceled: true))).Error!;
        Assert.Equal((ErrorCodes.Timeout, false), (error.Code, error.Unclear));
        Assert.Empty(_submitted);
    }

    [Fact]
    public void A_direct_adapter_takes_what_is_said_of_queues_in_silence()
    {
        ITaskAdapter direct = new DirectAdapter();
        Assert.Same(direct, direct.With(new QueuedCall { Wait = false }));
    }

    sealed class DirectAdapter : ITaskAdapter
    {
        public Task<AdapterResult<TaskItem>> GetTask(string taskId, CancellationToken cancellation = default) => throw new NotSupportedException();
        public Task<AdapterResult<TaskPage>> SearchTasks(TaskQuery query, CancellationToken cancellation = default) => throw new NotSupportedException();
        public Task<AdapterResult<TaskPage>> GetEpicChildren(string epicId, CancellationToken cancellation = default) => throw new NotSupportedException();
        public Task<AdapterResult<TaskItem>> CreateTask(NewTask task, string? marker = null, CancellationToken cancellation = default) => throw new NotSupportedException();
        public Task<AdapterResult<TaskItem>> CreateEpic(NewTask epic, string? marker = null, CancellationToken cancellation = default) => throw new NotSupportedException();
        public Task<AdapterResult<TaskItem>> CreateSubtask(NewTask subtask, string? marker = null, CancellationToken cancellation = default) => throw new NotSupportedException();
        public Task<AdapterResult<TaskItem>> UpdateTask(TaskChange change, string? marker = null, CancellationToken cancellation = default) => throw new NotSupportedException();
        public Task<AdapterResult<TaskItem>> TransitionTask(string taskId, string targetStatus, string? marker = null, CancellationToken cancellation = default) => throw new NotSupportedException();
        public Task<AdapterResult<TaskComment>> AddComment(string taskId, string comment, string? marker = null, CancellationToken cancellation = default) => throw new NotSupportedException();
        public Task<AdapterResult<Deleted>> DeleteTask(string taskId, string? marker = null, CancellationToken cancellation = default) => throw new NotSupportedException();
    }
}
