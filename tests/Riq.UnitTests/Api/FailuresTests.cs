using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Riq.Api.Http;

namespace Riq.UnitTests.Api;

/// <summary>Whatever goes wrong becomes one clear problem, and its details stay inside.</summary>
public class FailuresTests
{
    static async Task<(DefaultHttpContext Http, JsonElement Problem)> Run(RequestDelegate next)
    {
        var http = Http.Call();
        await new Failures(next, NullLogger<Failures>.Instance).InvokeAsync(http);
        return (http, ((MemoryStream)http.Response.Body).Length > 0 ? http.Written() : default);
    }

    static Exception Postgres(string state) => new PostgresException("the secret detail", "FATAL", "FATAL", state);

    public static TheoryData<Exception> Outages() =>
        [new NpgsqlException("the secret detail"), new TimeoutException("the secret detail"), Postgres("57P03"), Postgres("53300"), Postgres("08006"), Postgres("58030"), Postgres("40P01")];

    [Theory, MemberData(nameof(Outages))]
    public async Task An_outage_of_the_database_is_503_and_says_when_to_come_back(Exception outage)
    {
        var (http, problem) = await Run(_ => throw outage);
        Assert.Equal((503, "5", "application/problem+json"), (http.Response.StatusCode, http.Response.Headers.RetryAfter.ToString(), http.Response.ContentType));
        Assert.Equal(503, problem.GetProperty("status").GetInt32());
        Assert.DoesNotContain("secret", problem.ToString(), StringComparison.Ordinal);
    }

    public static TheoryData<Exception> Faults() => [new InvalidOperationException("the secret detail"), Postgres("42601"), Postgres("22P05"), new OperationCanceledException("the secret detail")];

    [Theory, MemberData(nameof(Faults))]
    public async Task A_fault_of_ours_is_500_and_tells_no_details(Exception fault)
    {
        var (http, problem) = await Run(_ => throw fault);
        Assert.Equal((500, ""), (http.Response.StatusCode, http.Response.Headers.RetryAfter.ToString()));
        Assert.Equal("RIQ failed", problem.GetProperty("title").GetString());
        Assert.DoesNotContain("secret", problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(413, 413), InlineData(400, 400), InlineData(408, 408)]
    public async Task What_the_server_refuses_keeps_its_status(int refused, int status)
    {
        var (http, problem) = await Run(_ => throw new BadHttpRequestException("the secret detail", refused));
        Assert.Equal((status, status), (http.Response.StatusCode, problem.GetProperty("status").GetInt32()));
    }

    [Theory]
    [InlineData(404), InlineData(405), InlineData(406)]
    public async Task An_empty_refusal_gets_a_problem_as_its_body(int status)
    {
        var (http, problem) = await Run(c => { c.Response.StatusCode = status; return Task.CompletedTask; });
        Assert.Equal((status, "application/problem+json", status), (http.Response.StatusCode, http.Response.ContentType, problem.GetProperty("status").GetInt32()));
    }

    [Theory]
    [InlineData(200), InlineData(304), InlineData(204)]
    public async Task What_went_well_is_left_alone(int status)
    {
        var (http, problem) = await Run(c => { c.Response.StatusCode = status; return Task.CompletedTask; });
        Assert.Equal((status, JsonValueKind.Undefined), (http.Response.StatusCode, problem.ValueKind));
    }

    [Fact]
    public async Task What_was_written_before_the_failure_is_not_sent()
    {
        var (http, problem) = await Run(c =>
        {
            c.Response.StatusCode = 200;
            c.Response.Headers["X-Half"] = "done";
            throw new InvalidOperationException();
        });
        Assert.Equal((500, false), (http.Response.StatusCode, http.Response.Headers.ContainsKey("X-Half")));
        Assert.Equal(500, problem.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task A_client_that_has_gone_gets_no_answer()
    {
        var (http, problem) = await Run(c =>
        {
            c.RequestAborted = new(canceled: true);
            throw new OperationCanceledException();
        });
        Assert.Equal((499, JsonValueKind.Undefined), (http.Response.StatusCode, problem.ValueKind));
    }

    [Fact]
    public async Task An_answer_that_has_begun_can_not_be_taken_back()
    {
        var http = Http.Call();
        http.Features.Set<IHttpResponseFeature>(new Begun());
        await Assert.ThrowsAsync<InvalidOperationException>(() => new Failures(_ => throw new InvalidOperationException(), NullLogger<Failures>.Instance).InvokeAsync(http));
    }

    sealed class Begun : HttpResponseFeature
    {
        public override bool HasStarted => true;
    }
}
