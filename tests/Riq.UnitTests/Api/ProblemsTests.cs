using Riq.Api.Http;
using Riq.Contracts;

namespace Riq.UnitTests.Api;

public class ProblemsTests
{
    [Fact]
    public async Task A_refusal_names_every_faulty_field()
    {
        var faults = new ProblemList();
        faults.Add("operation", "is required.");
        faults.Add("payload.title", "must not be empty.");
        faults.Add("payload.title", "must be a single line.");
        var http = Http.Call();
        var problem = await http.Answer(Problems.Invalid(faults).Answer());
        Assert.Equal((400, "application/problem+json"), (http.Response.StatusCode, http.Response.ContentType));
        Assert.Equal("""{"operation":["is required."],"payload.title":["must not be empty.","must be a single line."]}""", problem.GetProperty("errors").GetRawText());
        Assert.Equal("about:blank", problem.GetProperty("type").GetString());
    }

    public static TheoryData<int, string> Statuses() => new()
    {
        { 400, Problems.NotJson("x").Title }, { 422, Problems.OtherContent().Title }, { 413, Problems.TooLarge().Title }, { 415, Problems.UnsupportedMedia("x").Title },
        { 429, Problems.QueueFull("jira").Title }, { 503, Problems.DatabaseAway().Title }, { 404, Problems.UnknownToken().Title }, { 409, Problems.NotCancelled("dead").Title }, { 409, Problems.NotDead("queued").Title }, { 409, Problems.OutcomeUnknown("req_x").Title }, { 500, Problems.Internal().Title },
    };

    [Theory, MemberData(nameof(Statuses))]
    public async Task Each_refusal_has_its_status_and_says_what_to_do(int status, string title)
    {
        Problem[] all = [Problems.NotJson("x"), Problems.OtherContent(), Problems.TooLarge(), Problems.UnsupportedMedia("x"), Problems.QueueFull("jira"), Problems.DatabaseAway(),
            Problems.UnknownToken(), Problems.NotCancelled("dead"), Problems.NotDead("queued"), Problems.OutcomeUnknown("req_x"), Problems.Internal()];
        var refusal = Assert.Single(all, p => p.Title == title);
        var http = Http.Call();
        var problem = await http.Answer(refusal.Answer());
        Assert.Equal((status, status), (http.Response.StatusCode, problem.GetProperty("status").GetInt32()));
        Assert.NotEqual("", problem.GetProperty("detail").GetString());
        Assert.False(problem.TryGetProperty("errors", out _));
    }
}
