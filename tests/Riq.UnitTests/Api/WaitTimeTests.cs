using Riq.Api.Http;
using Riq.Contracts;

namespace Riq.UnitTests.Api;

public class WaitTimeTests
{
    readonly ProblemList _problems = new();

    [Theory]
    [InlineData("", null), InlineData("?wait=0", 0), InlineData("?wait=1", 1), InlineData("?wait=60", 60), InlineData("?other=1", null)]
    public void A_wait_of_0_to_60_seconds_is_taken(string query, int? seconds)
    {
        Assert.Equal(seconds, WaitTime.Read(Http.Call(query).Request, _problems)?.TotalSeconds);
        Assert.True(_problems.IsEmpty);
    }

    [Theory]
    [InlineData("?wait=61"), InlineData("?wait=-1"), InlineData("?wait="), InlineData("?wait=1.5"), InlineData("?wait=ten"), InlineData("?wait=+5"), InlineData("?wait=99999999999"), InlineData("?wait=1&wait=2")]
    public void Anything_else_is_a_fault(string query)
    {
        Assert.Null(WaitTime.Read(Http.Call(query).Request, _problems));
        Assert.Equal(["wait"], _problems.ByField.Keys);
    }

    [Theory]
    [InlineData("wait=10", 10), InlineData("WAIT=10", 10), InlineData("respond-async, wait=10", 10), InlineData("respond-async; wait=10", 10), InlineData("wait=\"7\"", 7), InlineData("respond-async", null), InlineData("handling=lenient", null)]
    public void A_preference_means_the_same_where_it_is_asked_for(string prefer, int? seconds)
    {
        var http = Http.Call(headers: ("Prefer", prefer));
        Assert.Equal(seconds, WaitTime.Read(http.Request, _problems, orPreference: true)?.TotalSeconds);
        Assert.Null(WaitTime.Read(http.Request, _problems));
        Assert.True(_problems.IsEmpty);
    }

    [Fact]
    public void The_query_goes_before_the_preference() =>
        Assert.Equal(3, WaitTime.Read(Http.Call("?wait=3", headers: ("Prefer", "wait=9")).Request, _problems, orPreference: true)!.Value.TotalSeconds);

    [Fact]
    public void A_preference_that_can_not_be_met_is_named()
    {
        Assert.Null(WaitTime.Read(Http.Call(headers: ("Prefer", "wait=soon")).Request, _problems, orPreference: true));
        Assert.Equal(["Prefer"], _problems.ByField.Keys);
    }
}
