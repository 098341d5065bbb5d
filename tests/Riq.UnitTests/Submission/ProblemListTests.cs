using System.Text.Json;
using FsCheck.Xunit;
using Riq.Contracts;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Submission;

public class ProblemListTests
{
    [Fact]
    public void Faults_of_one_field_stand_together_in_their_order()
    {
        var problems = new ProblemList();
        Assert.True(problems.IsEmpty);
        problems.Add("a", "must be 1.");
        problems.Add("b", "must be 2.");
        problems.Add("a", "must be 3.");
        Assert.Equal(["must be 1.", "must be 3."], problems.ByField["a"]);
        Assert.Equal("a must be 1. a must be 3. b must be 2.", problems.ToString());
        Assert.False(problems.IsEmpty);
    }

    [Fact]
    public void No_more_than_50_fields_are_listed()
    {
        var problems = new ProblemList();
        for (var i = 0; i < 1000; i++) problems.Add($"field {i}", "is bad.");
        Assert.Equal(ProblemList.MaxListed, problems.ByField.Count);
    }

    [Fact]
    public void No_more_than_50_faults_of_one_field_are_listed()
    {
        var problems = new ProblemList();
        for (var i = 0; i < 1000; i++) problems.Add("field", "is bad.");
        Assert.InRange(problems.ByField["field"].Length, 1, ProblemList.MaxListed);
    }

    /// <summary>A body of a few hundred kilobytes must not cost its square.</summary>
    [Fact]
    public void A_body_full_of_unreadable_names_is_refused_with_a_short_answer()
    {
        using var json = JsonDocument.Parse("{" + string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"\\ud800{i}\":1")) + "}");
        var problems = new ProblemList();
        JsonSafety.Check(json.RootElement, "", problems);
        Assert.InRange(problems.ByField.Sum(f => f.Value.Length), 1, ProblemList.MaxListed);
    }

    [Theory]
    [InlineData("name", "name"), InlineData("a\nb\u0007", "a?b?"), InlineData("x😀", "x??"), InlineData("", "")]
    public void A_name_that_a_client_made_up_is_shown_without_surprises(string name, string shown) => Assert.Equal(shown, ProblemList.Printable(name));

    [Property]
    public void A_shown_name_is_short_and_printable(string? text, byte repeat)
    {
        var shown = ProblemList.Printable(string.Concat(Enumerable.Repeat(text ?? "", repeat)));
        Assert.InRange(shown.Length, 0, 65);
        Assert.DoesNotContain(shown, c => char.IsControl(c) || char.IsSurrogate(c));
    }
}
