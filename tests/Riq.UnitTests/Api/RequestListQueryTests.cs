using Riq.Api.Http;
using Riq.Api.Requests;
using Riq.Contracts;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.UnitTests.Api;

public class RequestListQueryTests
{
    readonly ProblemList _problems = new();

    RequestFilter Read(string query) => RequestListQuery.Read(Http.Call(query).Request.Query, "anna", _problems);

    [Fact]
    public void Without_a_query_the_newest_50_of_the_client_are_listed()
    {
        Assert.Equal(new RequestFilter("anna", 50), Read(""));
        Assert.True(_problems.IsEmpty);
    }

    [Fact]
    public void Every_filter_is_taken_over()
    {
        var id = Guid.CreateVersion7();
        var filter = Read($"?status=dead&service=jira&operation=jira.get_task&client=ben&priority=high&error=TIMEOUT&idempotency_key=k&created_after=2026-01-31T13:00:00%2B01:00&created_before=2026-02-01&cursor={RequestToken.Of(id)}&limit=200");
        Assert.Equal("", _problems.ToString());
        Assert.Equal(new("anna", 200)
        {
            Client = "ben", Status = "dead", Service = "jira", Operation = "jira.get_task", Priority = "high", Error = "TIMEOUT", IdempotencyKey = "k",
            CreatedAfter = new DateTime(2026, 1, 31, 12, 0, 0, DateTimeKind.Utc), CreatedBefore = new DateTime(2026, 2, 1, 0, 0, 0, DateTimeKind.Utc), Before = id,
        }, filter);
        Assert.Equal(DateTimeKind.Utc, filter.CreatedAfter!.Value.Kind);
    }

    [Fact]
    public void Every_fault_is_named_at_once()
    {
        Read($"?status=Dead&service=&operation={new string('x', 101)}&priority=urgent&created_after=yesterday&cursor=1&limit=0&typo=1&client=");
        Assert.Equal(["client", "created_after", "cursor", "limit", "operation", "priority", "service", "status", "typo"], _problems.ByField.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("1", true), InlineData("200", true), InlineData("0", false), InlineData("201", false), InlineData("-1", false), InlineData("many", false), InlineData("99999999999", false)]
    public void A_page_has_1_to_200_requests(string limit, bool taken)
    {
        Read($"?limit={limit}");
        Assert.Equal(taken, _problems.IsEmpty);
    }

    [Fact]
    public void A_filter_with_a_NUL_never_reaches_the_database()
    {
        Read("?service=a%00b&operation=%00");
        Assert.Equal(["operation", "service"], _problems.ByField.Keys.Order());
    }

    [Fact]
    public void The_next_page_keeps_the_filters_and_replaces_the_cursor() =>
        Assert.Equal("/api/queue/requests?status=dead&service=a%20b%26c&cursor=req_2", ListQuery.NextPage(Http.Call("?status=dead&cursor=req_1&service=a%20b%26c").Request, "req_2"));

    [Theory]
    [InlineData("0001-01-01T00:00:00Z"), InlineData("9999-12-31T23:59:59Z"), InlineData("1969-12-31T00:00:00Z")]
    public async Task Any_time_that_the_query_takes_can_be_searched_for(string time)
    {
        var filter = Read($"?created_after={time}");
        Assert.True(_problems.IsEmpty);
        await using var database = new Database("Host=127.0.0.1;Port=1;Database=nowhere");
        // Nothing listens there: getting as far as connecting is what counts.
        await Assert.ThrowsAnyAsync<Npgsql.NpgsqlException>(() => new RequestReader(database, new(database)).List(filter, CancellationToken.None));
    }
}
