using Riq.Engine.Execution;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Execution;

public class TakenAlongTests
{
    static QueueRequest Request(int attempt = 1) => new() { CorrelationId = Guid.CreateVersion7(), Attempt = attempt };

    static ExecuteRequest Command(QueueRequest request, int? attempt = null) => new(request.CorrelationId, attempt ?? request.Attempt);

    [Fact]
    public void The_attempt_that_was_taken_along_is_included_however_often_its_command_comes_and_no_other()
    {
        var taken = new TakenAlong();
        var request = Request(attempt: 2);
        taken.Add(request);
        Assert.All([1, 2], _ => Assert.True(taken.Includes(Command(request))));
        Assert.All([1, 3], attempt => Assert.False(taken.Includes(Command(request, attempt))));
        Assert.False(taken.Includes(Command(Request(attempt: 2))));
    }

    [Fact]
    public void A_later_attempt_takes_the_place_of_the_one_before()
    {
        var taken = new TakenAlong();
        var request = Request();
        taken.Add(request);
        request.Attempt = 2;
        taken.Add(request);
        Assert.Equal((false, true), (taken.Includes(Command(request, 1)), taken.Includes(Command(request, 2))));
    }

    [Fact]
    public void Of_twenty_thousand_and_more_the_oldest_are_forgotten_and_an_attempt_that_came_again_is_not()
    {
        var taken = new TakenAlong();
        var (first, again) = (Request(), Request());
        taken.Add(first);
        taken.Add(again);
        again.Attempt = 2;
        for (var n = 0; n < 19_999; n++) taken.Add(Request());
        taken.Add(again);
        Assert.Equal((false, true), (taken.Includes(Command(first)), taken.Includes(Command(again))));
    }
}
