using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Riq.Engine;

namespace Riq.UnitTests.Configuration;

public class RiqOptionsTests
{
    const string Postgres = "Host=127.0.0.1;Database=riq", RabbitMq = "amqp://riq:secret@127.0.0.1:5672/riq";

    static RiqOptions Read(params (string Name, string? Value)[] settings) => RiqOptions.Read(new ConfigurationBuilder()
        .AddInMemoryCollection([new("Riq:Postgres", Postgres), new("Riq:RabbitMq", RabbitMq)])
        .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, s.Value))).Build());

    static string[] Refused(params (string Name, string? Value)[] settings) => [.. Assert.Throws<OptionsValidationException>(() => Read(settings)).Failures];

    [Fact]
    public void With_the_two_addresses_everything_else_has_a_default()
    {
        var options = Read();
        Assert.Empty(options.Problems());
        Assert.Equal((15, 5, 30, 15, 10, 30), (options.LeaseMargin.TotalSeconds, options.SweepInterval.TotalSeconds, options.LostAfter.TotalSeconds, options.StuckAfter.TotalSeconds,
            options.ConfirmTimeout.TotalSeconds, options.OutboxClaim.TotalSeconds));
        Assert.False(options.QuorumQueues);
        Assert.Contains(Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), options.Worker, StringComparison.Ordinal);
        Assert.Equal((5, 3, 5), (options.Of("jira").ConcurrencyOf("jira"), options.Of("confluence").ConcurrencyOf("confluence"), options.Of("x").ConcurrencyOf("x")));
        Assert.Equal((1, 60, 300, 1_000_000), (options.Of("jira").RetryBaseDelay.TotalSeconds, options.Of("jira").RetryMaxDelay.TotalSeconds, options.Of("jira").Aging.TotalSeconds, options.Of("jira").MaxDepth));
        Assert.Null(options.Of("jira").Timeout);
    }

    [Fact]
    public void Without_any_setting_both_missing_addresses_are_named()
    {
        var failures = Assert.Throws<OptionsValidationException>(() => RiqOptions.Read(new ConfigurationBuilder().Build())).Failures.ToArray();
        Assert.Equal(2, failures.Length);
        Assert.Contains(failures, f => f.StartsWith("Riq:Postgres is missing", StringComparison.Ordinal));
        Assert.Contains(failures, f => f.StartsWith("Riq:RabbitMq is missing", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_problem_is_named_at_once()
    {
        var failures = Refused(("Riq:Postgres", " "), ("Riq:RabbitMq", "http://127.0.0.1"), ("Riq:LeaseMargin", "00:00:00.9"), ("Riq:SweepInterval", "00:00:00"), ("Riq:LostAfter", "-00:00:01"),
            ("Riq:StuckAfter", "00:00:00"), ("Riq:ConfirmTimeout", "00:00:00"), ("Riq:OutboxClaim", "00:00:01"), ("Riq:Services:jira:Concurrency", "0"), ("Riq:Services:jira:RetryBaseDelay", "00:00:00"),
            ("Riq:Services:jira:MaxDepth", "0"), ("Riq:Services:wiki:RetryMaxDelay", "00:00:00.5"), ("Riq:Services:wiki:Timeout", "00:10:01"), ("Riq:Services:wiki:Concurrency", "10001"));
        string[] names = ["Riq:Postgres", "Riq:RabbitMq", "Riq:LeaseMargin", "Riq:SweepInterval", "Riq:LostAfter", "Riq:StuckAfter", "Riq:ConfirmTimeout", "Riq:OutboxClaim", "Riq:Services:jira:Concurrency",
            "Riq:Services:jira:RetryBaseDelay", "Riq:Services:jira:MaxDepth", "Riq:Services:wiki:RetryMaxDelay", "Riq:Services:wiki:Timeout", "Riq:Services:wiki:Concurrency"];
        Assert.Equal(names.Order(StringComparer.Ordinal), failures.Select(f => f.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_circuit_has_its_defaults_and_its_problems_are_named_like_the_rest()
    {
        var circuit = Read().Of("jira").Circuit;
        Assert.Equal((5, 60, 0.5, 60), (circuit.Failures, circuit.Window.TotalSeconds, circuit.Ratio, circuit.OpenFor.TotalSeconds));
        Assert.Equal(3, Read(("Riq:Services:jira:Circuit:Failures", "3")).Of("jira").Circuit.Failures);
        Assert.Empty(Read(("Riq:Services:jira:Circuit:Failures", "1"), ("Riq:Services:jira:Circuit:Window", "00:10:00"), ("Riq:Services:jira:Circuit:Ratio", "1"), ("Riq:Services:jira:Circuit:OpenFor", "00:00:00.1")).Problems());
        const string path = "Riq:Services:jira:Circuit:";
        var failures = Refused((path + "Failures", "0"), (path + "Window", "00:10:01"), (path + "Ratio", "0"), (path + "OpenFor", "00:00:00"));
        Assert.Equal(new[] { "Failures", "OpenFor", "Ratio", "Window" }.Select(n => path + n), failures.Select(f => f.Split(' ')[0]).Order(StringComparer.Ordinal));
        Assert.Single(Refused((path + "Ratio", "1.1")));
    }

    [Theory]
    [InlineData("amqp://a@b/c"), InlineData("amqps://a@b/c")]
    public void Both_schemes_of_AMQP_are_taken(string uri) => Assert.Equal(uri, Read(("Riq:RabbitMq", uri)).RabbitMq);

    [Theory]
    [InlineData("127.0.0.1:5672"), InlineData("rabbitmq://127.0.0.1"), InlineData("nonsense")]
    public void Anything_else_is_no_address_of_a_broker(string uri) => Assert.StartsWith("Riq:RabbitMq is not an AMQP URI", Assert.Single(Refused(("Riq:RabbitMq", uri))), StringComparison.Ordinal);

    [Fact]
    public void Limits_are_taken_at_their_bounds() => Assert.Empty(Read(("Riq:LeaseMargin", "00:00:01"), ("Riq:SweepInterval", "00:00:00.050"), ("Riq:OutboxClaim", "00:00:02"), ("Riq:Services:jira:Concurrency", "10000"),
        ("Riq:Services:jira:RetryBaseDelay", "00:00:00.001"), ("Riq:Services:jira:RetryMaxDelay", "00:00:00.001"), ("Riq:Services:jira:Timeout", "00:10:00"), ("Riq:Services:jira:MaxDepth", "1")).Problems());

    [Fact]
    public void A_service_is_found_whatever_the_case_of_its_name_and_keeps_the_other_defaults()
    {
        var jira = Read(("Riq:Services:JIRA:Concurrency", "7")).Of("jira");
        Assert.Equal((7, 60), (jira.Concurrency, jira.RetryMaxDelay.TotalSeconds));
        Assert.Equal(3, Read(("Riq:Services:confluence:MaxDepth", "9")).Of("confluence").ConcurrencyOf("confluence"));
    }

    [Theory]
    [InlineData("00:00:00"), InlineData("-00:05:00")]
    public void An_aging_time_that_puts_low_before_high_is_refused(string aging) =>
        Assert.StartsWith("Riq:Services:jira:Aging", Assert.Single(Refused(("Riq:Services:jira:Aging", aging))), StringComparison.Ordinal);

    [Fact]
    public void A_retry_delay_that_no_clock_can_hold_is_refused() =>
        Assert.StartsWith("Riq:Services:jira:RetryMaxDelay", Assert.Single(Refused(("Riq:Services:jira:RetryMaxDelay", "9999999.00:00:00"), ("Riq:Services:jira:RetryBaseDelay", "9999999.00:00:00"))), StringComparison.Ordinal);

    [Fact]
    public void A_value_that_can_not_be_read_is_named_like_any_other_problem()
    {
        var failures = Refused(("Riq:LeaseMargin", "soon"), ("Riq:RabbitMq", "nonsense"));
        Assert.Contains(failures, f => f.Contains("Riq:LeaseMargin", StringComparison.Ordinal));
        Assert.Contains(failures, f => f.Contains("Riq:RabbitMq", StringComparison.Ordinal));
    }

    [Fact]
    public void A_connection_string_that_is_none_is_named_at_start() =>
        Assert.StartsWith("Riq:Postgres", Assert.Single(Refused(("Riq:Postgres", "postgres://127.0.0.1/riq"))), StringComparison.Ordinal);

    [Theory]
    [InlineData("Riq:RabbitMq", "Riq:RabbitMq is missing"), InlineData("Riq:Postgres", "Riq:Postgres is missing")]
    public void A_null_in_a_settings_file_counts_as_missing(string name, string problem) => Assert.StartsWith(problem, Assert.Single(Refused((name, null))), StringComparison.Ordinal);

    [Fact]
    public void A_service_without_settings_of_its_own_has_the_defaults()
    {
        using var file = new MemoryStream("""{"Riq":{"Postgres":"Host=x","RabbitMq":"amqp://x","Services":{"jira":null,"wiki":{}}}}"""u8.ToArray());
        var options = RiqOptions.Read(new ConfigurationBuilder().AddJsonStream(file).Build());
        Assert.Equal((5, 5), (options.Of("jira").ConcurrencyOf("jira"), options.Of("wiki").ConcurrencyOf("wiki")));
    }

    [Theory]
    [InlineData("https://traces.example/trace/"), InlineData("traces/{trace_id}"), InlineData("javascript:alert('{trace_id}')"), InlineData("ftp://traces.example/{trace_id}")]
    public void An_address_of_traces_that_leads_nowhere_is_named_at_start(string address) =>
        Assert.StartsWith("Riq:Operators:TraceUrl", Assert.Single(Refused(("Riq:Operators:TraceUrl", address))), StringComparison.Ordinal);

    [Fact]
    public void Without_an_address_no_trace_has_one() => Assert.Null(Read().Operators.TraceOf("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
}
