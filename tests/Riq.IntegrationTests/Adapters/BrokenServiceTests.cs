using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

/// <summary>What the adapter says when the service or the network fails: above all, whether a write may have happened.</summary>
public sealed class BrokenServiceTests() : AdapterTest("jira")
{
    const string Read = "get_task";
    const string ReadPayload = """{"task_id":"MD-1"}""";
    const string Create = "create_task";
    const string CreatePayload = """{"title":"T","project_id":"MD"}""";
    const string IssuePath = "/rest/api/3/issue";

    async Task<AdapterError> FailsAt(string address, string operation, string payload)
    {
        await using var provider = Provider(address);
        var result = await Run(provider.GetRequiredService<IServiceAdapter>(), operation, payload);
        Assert.False(result.Success);
        return result.Error!;
    }

    static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [Fact]
    public async Task A_refused_connection_was_surely_not_executed()
    {
        var error = await FailsAt($"http://127.0.0.1:{ClosedPort()}", Create, CreatePayload);
        Assert.Equal((ErrorCodes.ServiceUnavailable, false), (error.Code, error.Unclear));
        Assert.Contains("refused", error.Message);
    }

    [Fact]
    public async Task A_name_without_an_address_was_surely_not_executed()
    {
        var error = await FailsAt("http://no-such-host.invalid", Create, CreatePayload);
        Assert.Equal((ErrorCodes.ServiceUnavailable, false), (error.Code, error.Unclear));
    }

    [Fact]
    public async Task A_failed_tls_handshake_was_surely_not_executed()
    {
        var error = await FailsAt(Service.Url.Replace("http:", "https:"), Create, CreatePayload);
        Assert.Equal((ErrorCodes.ServiceUnavailable, false), (error.Code, error.Unclear));
        Assert.Contains("TLS", error.Message);
    }

    [Theory]
    [InlineData("POST", Create, CreatePayload, true)]
    [InlineData("PUT", "update_task", """{"task_id":"MD-1","title":"x"}""", true)]
    [InlineData("DELETE", "delete_task", ReadPayload, true)]
    [InlineData("GET", Read, ReadPayload, false)]
    public async Task A_connection_cut_after_sending_leaves_writes_unclear(string method, string operation, string payload, bool unclear)
    {
        Service.On(method, IssuePath, Replies.Reset);
        var error = await Fails(operation, payload);
        Assert.Equal((ErrorCodes.ServiceUnavailable, unclear), (error.Code, error.Unclear));
    }

    [Theory]
    [InlineData(Create, CreatePayload)]
    [InlineData("delete_task", ReadPayload)]
    public async Task A_write_is_sent_once_even_when_a_kept_connection_breaks(string operation, string payload)
    {
        Service.On("GET", IssuePath, 404).On("POST", IssuePath, Replies.Reset).On("DELETE", IssuePath, Replies.Reset);
        await Fails(Read, ReadPayload);   // leaves a connection to be used again
        await Fails(operation, payload);
        Assert.Single(Service.Calls, c => c.Method != "GET");
    }

    [Theory]
    [InlineData("POST", Create, CreatePayload, true)]
    [InlineData("DELETE", "delete_task", ReadPayload, true)]
    [InlineData("GET", Read, ReadPayload, false)]
    public async Task The_end_of_the_operations_time_is_a_value_and_unclear_for_writes_once_sent(string method, string operation, string payload, bool unclear)
    {
        var arrived = new TaskCompletionSource();
        Service.On(method, IssuePath, Replies.Hang(arrived));
        using var limit = new CancellationTokenSource();
        var running = Run(operation, payload, limit.Token);
        await arrived.Task;
        await limit.CancelAsync();
        var error = (await running).Error!;
        Assert.Equal((ErrorCodes.Timeout, unclear), (error.Code, error.Unclear));
    }

    [Fact]
    public async Task The_end_of_the_time_before_the_connection_stood_is_not_unclear()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var limit = new CancellationTokenSource();
        await using var provider = Provider($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        var running = Run(provider.GetRequiredService<IServiceAdapter>(), Create, CreatePayload, limit.Token);
        using var _ = await listener.AcceptTcpClientAsync();   // and no word of TLS
        await limit.CancelAsync();
        var error = (await running).Error!;
        Assert.Equal((ErrorCodes.Timeout, false), (error.Code, error.Unclear));
    }

    [Fact]
    public async Task A_time_that_is_over_already_sends_nothing()
    {
        var error = (await Run(Create, CreatePayload, new CancellationToken(canceled: true))).Error!;
        Assert.Equal((ErrorCodes.Timeout, false), (error.Code, error.Unclear));
        Assert.Empty(Service.Calls);
    }

    [Fact]
    public async Task The_time_may_end_in_the_middle_of_an_answer()
    {
        var arrived = new TaskCompletionSource();
        Service.On("POST", IssuePath, async context =>
        {
            context.Response.StatusCode = 201;
            await context.Response.StartAsync();
            await Replies.Hang(arrived)(context);
        });
        using var limit = new CancellationTokenSource();
        var running = Run(Create, CreatePayload, limit.Token);
        await arrived.Task;
        await limit.CancelAsync();
        var error = (await running).Error!;
        Assert.Equal((ErrorCodes.Timeout, true), (error.Code, error.Unclear));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task A_5xx_leaves_a_write_unclear_and_never_a_read(int status)
    {
        Service.On("POST", IssuePath, status, "<html>gateway</html>", ("Retry-After", "7")).On("GET", IssuePath, status);
        var write = await Fails(Create, CreatePayload);
        Assert.Equal((ErrorCodes.ServiceUnavailable, true, status, TimeSpan.FromSeconds(7)), (write.Code, write.Unclear, write.HttpStatus, write.RetryAfter));
        Assert.False((await Fails(Read, ReadPayload)).Unclear);
    }

    [Fact]
    public async Task A_429_says_how_long_and_of_which_kind_and_was_not_executed()
    {
        Service.On("POST", IssuePath, 429, "<html/>", ("Retry-After", "0"), ("RateLimit-Reason", "jira-burst-based"));
        var error = await Fails(Create, CreatePayload);
        Assert.Equal((ErrorCodes.RateLimited, false, TimeSpan.FromSeconds(1)), (error.Code, error.Unclear, error.RetryAfter));
        Assert.Equal("jira-burst-based", error.Details!.Value.GetProperty("rate_limit_reason").GetString());
    }

    [Fact]
    public async Task A_date_to_retry_after_counts_from_the_services_clock()
    {
        Service.On("GET", IssuePath, 503, "", ("Date", "Thu, 01 Jan 2026 00:00:00 GMT"), ("Retry-After", "Thu, 01 Jan 2026 00:00:42 GMT"));
        Assert.Equal(TimeSpan.FromSeconds(42), (await Fails(Read, ReadPayload)).RetryAfter);
    }

    [Theory]
    [InlineData("{\"id\":\"1\",\"ke")]
    [InlineData("<html>welcome</html>")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    public async Task A_success_that_cannot_be_read_leaves_a_write_unclear(string body)
    {
        Service.On("POST", IssuePath, 201, body).On("GET", IssuePath, 200, body);
        var write = await Fails(Create, CreatePayload);
        Assert.Equal((ErrorCodes.ServiceUnavailable, true, 201), (write.Code, write.Unclear, write.HttpStatus));
        var read = await Fails(Read, ReadPayload);
        Assert.Equal((ErrorCodes.ServiceUnavailable, false), (read.Code, read.Unclear));
    }

    [Theory]
    [InlineData(Create, CreatePayload, true)]
    [InlineData(Read, ReadPayload, false)]
    public async Task A_success_that_breaks_off_leaves_a_write_unclear(string operation, string payload, bool unclear)
    {
        using var service = new TruncatingService("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":\"1\",\"key\":\"MD-1\"}");
        var error = await FailsAt(service.Url, operation, payload);
        Assert.Equal((ErrorCodes.ServiceUnavailable, 200, unclear), (error.Code, error.HttpStatus, error.Unclear));
    }

    [Fact]
    public async Task An_error_that_breaks_off_is_known_by_its_status()
    {
        using var service = new TruncatingService("HTTP/1.1 400 Bad Request\r\nContent-Length: 500\r\n\r\n{\"errorMessages\":[\"x");
        var error = await FailsAt(service.Url, Create, CreatePayload);
        Assert.Equal((ErrorCodes.ValidationError, 400, false), (error.Code, error.HttpStatus, error.Unclear));
    }

    [Fact]
    public async Task An_answer_that_is_not_http_leaves_a_write_unclear()
    {
        using var service = new TruncatingService("SSH-2.0-OpenSSH\r\n");
        var error = await FailsAt(service.Url, Create, CreatePayload);
        Assert.Equal((ErrorCodes.ServiceUnavailable, true), (error.Code, error.Unclear));
    }

    [Fact]
    public async Task An_answer_beyond_four_mebibytes_is_refused_while_it_is_read()
    {
        var sent = 0L;
        Service.On("POST", "/rest/api/3/search/jql", async context =>
        {
            var piece = new string(' ', 64 * 1024);
            while (!context.RequestAborted.IsCancellationRequested && sent < 64 * 1024 * 1024)
            {
                await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, piece);
                sent += piece.Length;
            }
        });
        var error = await Fails("search_tasks", """{"project_id":"MD"}""");
        Assert.Equal(ErrorCodes.ValidationError, error.Code);
        Assert.Contains("smaller limit", error.Message);
        Assert.True(sent < 64 * 1024 * 1024, "the whole answer was read");
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_the_credential_stays_here()
    {
        await using var other = await FakeService.Start();
        Service.On("GET", IssuePath, 302, "", ("Location", other.Url + "/login"));
        var error = await Fails(Read, ReadPayload);
        Assert.Equal((ErrorCodes.ServiceUnavailable, 302), (error.Code, error.HttpStatus));
        Assert.Contains("BaseUrl", error.Message);
        Assert.Empty(other.Calls);
    }

    [Fact]
    public async Task A_secret_that_the_service_repeats_is_not_in_the_error()
    {
        Service.On("GET", IssuePath, context => Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(
            Status(context, 401).Response, $$"""{"errorMessages":["bad: {{context.Request.Headers.Authorization}} s3cr3t-token"]}"""));
        var error = await Fails(Read, ReadPayload);
        Assert.Equal(ErrorCodes.AuthFailed, error.Code);
        Assert.DoesNotContain("s3cr3t", error.Message);
        Assert.DoesNotContain("YW5uQHg", error.Message);
    }

    static Microsoft.AspNetCore.Http.HttpContext Status(Microsoft.AspNetCore.Http.HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return context;
    }

    [Fact]
    public async Task Odd_characters_in_an_answer_are_replaced_so_that_it_can_be_stored()
    {
        Service.On("GET", IssuePath, 200, """{"id":"1","key":"MD-1","fields":{"summary":"a\u0000b\ud800c"}}""");
        Assert.Equal("a\uFFFDb\uFFFDc", (await Succeeds(Read, ReadPayload)).GetProperty("title").GetString());
    }

    [Fact]
    public async Task A_payload_that_came_out_wrong_is_refused_before_any_call()
    {
        var error = await Fails(Read, """{"task_id":{"not":"text"}}""");
        Assert.Equal(ErrorCodes.ValidationError, error.Code);
        Assert.Empty(Service.Calls);
    }

    [Fact]
    public async Task Cookies_are_not_kept()
    {
        Service.On("GET", IssuePath, 404, "", ("Set-Cookie", "session=1; Path=/"));
        await Fails(Read, ReadPayload);
        await Fails(Read, ReadPayload);
        Assert.All(Service.Calls, c => Assert.False(c.Headers.ContainsKey("Cookie")));
        Assert.Equal(2, Service.Calls.Count);
    }
}
