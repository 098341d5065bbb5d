using FsCheck.Xunit;
using Riq.Engine.Callbacks;

namespace Riq.UnitTests.Callbacks;

/// <summary>When a callback is tried again, what signs it, and which settings are refused.</summary>
public class CallbackScheduleTests
{
    static readonly TimeSpan Day = TimeSpan.FromHours(24);

    [Fact]
    public void It_is_tried_for_a_day_and_the_last_time_at_the_end_of_it()
    {
        var schedule = new CallbackSchedule(TimeSpan.FromSeconds(5));
        var (at, tries) = (TimeSpan.Zero, 1);
        while (schedule.After(tries, 0, null, Day - at) is { } wait) { at += wait; tries++; }
        Assert.Equal(Day, at);
        Assert.Equal(13, tries);
    }

    [Theory]
    [InlineData(1, 5), InlineData(2, 20), InlineData(3, 80), InlineData(4, 320), InlineData(7, 14_400), InlineData(60, 14_400)]
    public void Each_wait_is_four_times_as_long_up_to_four_hours(int failures, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new CallbackSchedule(TimeSpan.FromSeconds(5)).After(failures, 0, null, Day));

    [Fact]
    public void A_receiver_may_ask_for_a_longer_wait() =>
        Assert.Equal(TimeSpan.FromMinutes(10), new CallbackSchedule(TimeSpan.FromSeconds(5)).After(1, 1, TimeSpan.FromMinutes(10), Day));

    [Property]
    public bool It_never_waits_beyond_its_end(int failures, byte jitter, uint retryAfter, uint left) =>
        new CallbackSchedule(TimeSpan.FromSeconds(5)).After(failures, jitter / 255.0, TimeSpan.FromSeconds(retryAfter), TimeSpan.FromSeconds(left)) is not { } wait
            || wait > TimeSpan.Zero && wait <= TimeSpan.FromSeconds(left);

    // The example of the specification.
    [Fact]
    public void The_signature_is_that_of_the_specification()
    {
        Assert.True(WebhookSignature.TryReadSecrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", out var secrets));
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookSignature.Of(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"u8));
    }

    [Fact]
    public void Two_secrets_make_two_signatures()
    {
        Assert.True(WebhookSignature.TryReadSecrets($"{Secret(32)} {Secret(24)}", out var secrets));
        Assert.Equal(2, WebhookSignature.Of(secrets, "msg_1", 1, "x"u8).Split(' ').Distinct().Count(s => s.StartsWith("v1,", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(""), InlineData("secret"), InlineData("whsec_"), InlineData("whsec_%%%"), InlineData("whsec_c2hvcnQ="), InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw nonsense")]
    public void A_bad_secret_is_refused_at_start_and_not_shown(string secret)
    {
        var problem = Assert.Single(new CallbackOptions { Secret = secret }.Problems("Riq:Callbacks"));
        Assert.Contains("Riq:Callbacks:Secret must be", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_wrong_setting_is_named()
    {
        var wrong = new CallbackOptions { Allow = "http://x", Timeout = TimeSpan.Zero, RetryBaseDelay = TimeSpan.Zero, GiveUpAfter = TimeSpan.FromDays(30), Concurrency = 0, PerHost = 5, ClientSecrets = { ["anna"] = "x" } };
        Assert.Equal(7, wrong.Problems("Riq:Callbacks").Count());
        Assert.Empty(new CallbackOptions().Problems("Riq:Callbacks"));
    }

    [Fact]
    public void Without_a_secret_there_are_no_callbacks()
    {
        Assert.Contains("Riq:Callbacks:Secret", new CallbackOptions().Rules().Problem("https://hooks.example.com/", "anna"), StringComparison.Ordinal);
        var rules = new CallbackOptions { ClientSecrets = { ["anna"] = Secret(32) } }.Rules();
        Assert.Null(rules.Problem("https://hooks.example.com/", "anna"));
        Assert.NotNull(rules.Problem("https://hooks.example.com/", "bert"));
    }

    static string Secret(int bytes) => "whsec_" + Convert.ToBase64String([.. Enumerable.Range(1, bytes).Select(n => (byte)n)]);
}
