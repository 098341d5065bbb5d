using FsCheck.Xunit;
using Riq.Client.Http;

namespace Riq.UnitTests.Client;

public class RepeatRuleTests
{
    [Theory]
    [InlineData(200), InlineData(304), InlineData(400), InlineData(401), InlineData(403), InlineData(404), InlineData(409), InlineData(413), InlineData(422)]
    public void What_stays_the_same_is_not_repeated(int status) => Assert.Null(RepeatRule.DelayAfter(status, TimeSpan.FromSeconds(1), 1, 0.5));

    [Theory]
    [InlineData(null), InlineData(408), InlineData(425), InlineData(429), InlineData(500), InlineData(502), InlineData(503), InlineData(504)]
    public void No_answer_and_answers_that_pass_are_repeated(int? status) => Assert.NotNull(RepeatRule.DelayAfter(status, null, 1, 0.5));

    [Fact]
    public void Delays_grow_and_then_stay() =>
        Assert.Equal([100, 200, 400, 800, 1600, 3000, 3000], Enumerable.Range(1, 7).Select(tries => RepeatRule.DelayAfter(503, null, tries, chance: 1)!.Value.TotalMilliseconds));

    [Property]
    public bool A_delay_is_never_shorter_than_asked_for_and_never_longer_than_needed(byte tries, byte chance, ushort askedSeconds)
    {
        var asked = TimeSpan.FromSeconds(askedSeconds);
        var delay = RepeatRule.DelayAfter(503, asked, tries + 1, chance / 255.0)!.Value;
        return delay >= asked && delay <= (asked > TimeSpan.FromSeconds(3) ? asked : TimeSpan.FromSeconds(3)) && delay > TimeSpan.Zero;
    }
}
