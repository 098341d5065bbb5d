using Riq.Cli.Submission;

namespace Riq.UnitTests.Cli;

public class SubmissionFileTests
{
    const string A = """{"operation":"fake.write","payload":{"text":"a"}}""", B = """{"operation":"fake.write","payload":{"text":"b"}}""";

    static string[] Keys(string run, params string[] lines)
    {
        var (read, problems) = SubmissionFile.Read(lines, run);
        Assert.Empty(problems);
        return [.. read.Select(l => l.Submission.IdempotencyKey!)];
    }

    [Fact]
    public void A_line_has_the_same_key_each_time_and_another_line_another() => Assert.Equal(Keys("", A, B), Keys("", A, B));

    [Fact]
    public void Equal_lines_are_requests_of_their_own() => Assert.Equal(4, Keys("", A, A, B, A).Distinct().Count());

    [Fact]
    public void Lines_that_are_put_in_between_change_no_other_key()
    {
        Assert.Subset(Keys("", B, "", "  " + A, B).ToHashSet(), Keys("", A, B).ToHashSet());
        Assert.Equal(Keys("", A, A)[0], Keys("", A)[0]);
    }

    [Fact]
    public void Another_run_is_other_requests() => Assert.Empty(Keys("monday", A, B).Intersect(Keys("tuesday", A, B)));

    [Fact]
    public void A_key_of_the_lines_own_is_kept() => Assert.Equal(["mine"], Keys("", """{"operation":"fake.write","payload":{},"idempotency_key":"mine"}"""));

    [Fact]
    public void Everything_that_is_wrong_is_named_with_its_line()
    {
        var (_, problems) = SubmissionFile.Read([A, "{", "", """{"operation":"x"}""", """{"operation":"x","payload":{},"prioritty":"high"}""", "null"], "");
        Assert.Equal(["line 2", "line 4", "line 5", "line 6"], problems.Select(p => p.Split(':')[0]));
        Assert.Contains("prioritty", problems[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_first_line() => Assert.Equal(Keys("", A), Keys("", "\uFEFF" + A));
}
