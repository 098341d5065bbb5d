using Riq.Api.Submission;
using Riq.Contracts;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Api;

/// <summary>What of a submission stands outside its body: client, idempotency key, trace.</summary>
public class SubmissionCallTests
{
    const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    static async Task<(SubmissionOrigin Origin, ProblemList Problems)> Read(params (string Name, string Value)[] headers)
    {
        var http = Http.Call(headers: headers);
        await AuthenticationTests.Pass(http);
        var problems = new ProblemList();
        return (SubmissionCall.Origin(http, problems), problems);
    }

    [Theory]
    [InlineData("abc", "abc"), InlineData("\"abc\"", "abc"), InlineData("\"a\"b\"", "a\"b"), InlineData("\"", "\""), InlineData("a, b", "a, b")]
    public async Task A_key_is_taken_quoted_or_bare(string header, string key)
    {
        var (origin, problems) = await Read(("Idempotency-Key", header));
        Assert.Equal(key, origin.IdempotencyKey);
        Assert.True(problems.IsEmpty);
    }

    [Fact]
    public async Task Without_the_header_there_is_no_key()
    {
        var (origin, problems) = await Read();
        Assert.Equal((null, null, "local"), (origin.IdempotencyKey, origin.Traceparent, origin.ClientId));
        Assert.True(problems.IsEmpty);
    }

    [Fact]
    public async Task An_empty_a_long_and_a_second_key_are_faults()
    {
        Assert.Equal(["Idempotency-Key"], (await Read(("Idempotency-Key", ""))).Problems.ByField.Keys);
        Assert.Equal(["Idempotency-Key"], (await Read(("Idempotency-Key", "\"\""))).Problems.ByField.Keys);
        Assert.Equal(["Idempotency-Key"], (await Read(("Idempotency-Key", new('k', 256)))).Problems.ByField.Keys);
        Assert.Equal(["Idempotency-Key"], (await Read(("Idempotency-Key", "a"), ("Idempotency-Key", "b"))).Problems.ByField.Keys);
        Assert.True((await Read(("Idempotency-Key", $"\"{new string('k', 255)}\""))).Problems.IsEmpty);
    }

    [Theory]
    [InlineData(Trace, true), InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false), InlineData("nonsense", false), InlineData("", false)]
    [InlineData("00-zzf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false), InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false)]
    public async Task Only_a_trace_in_its_W3C_form_is_kept(string header, bool kept) =>
        Assert.Equal(kept ? header : null, (await Read(("traceparent", header))).Origin.Traceparent);
}
