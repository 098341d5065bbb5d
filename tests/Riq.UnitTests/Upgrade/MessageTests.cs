using System.Text.Json;
using System.Text.Json.Nodes;
using MassTransit.Serialization;
using Riq.Contracts;
using Riq.Engine.Execution;
using Riq.UnitTests.Architecture;

namespace Riq.UnitTests.Upgrade;

/// <summary>
/// While versions are mixed, messages of one are read by the other: what the last release wrote (every field set, in messages-*.json) is read by this version, and this version
/// still writes all of it. A new field may come; it may not be required.
/// </summary>
public class MessageTests
{
    static readonly JsonObject Recorded = JsonNode.Parse(File.ReadAllText(Path.Combine(Solution.Root, "tests", "Riq.UnitTests", "Upgrade", "messages-0.1.0.json")))!.AsObject();

    static readonly Type[] Messages =
    [
        typeof(SubmitRequest), typeof(RequestAccepted), typeof(RequestRefused), typeof(CancelRequest), typeof(RetryDeadLetter), typeof(CommandDone), typeof(CommandRefused), typeof(CircuitOpened), typeof(CircuitClosed),
        typeof(RequestQueued), typeof(RequestStarted), typeof(RequestCompleted), typeof(RequestFailed), typeof(RequestDead), typeof(ExecuteRequest), typeof(RequestsEnded),
    ];

    public static TheoryData<string> Names => [.. Recorded.Select(m => m.Key)];

    [Theory, MemberData(nameof(Names))]
    public void What_the_former_version_wrote_is_read_and_written_again_in_full(string name)
    {
        var read = Recorded[name].Deserialize(Messages.Single(m => m.Name == name), SystemTextJsonMessageSerializer.Options)!;
        var written = JsonSerializer.SerializeToNode(read, read.GetType(), SystemTextJsonMessageSerializer.Options)!.AsObject();
        foreach (var (field, value) in Recorded[name]!.AsObject()) Assert.True(JsonNode.DeepEquals(value, written[field]), $"{name}.{field} was {value?.ToJsonString()}, is {written[field]?.ToJsonString()}");
    }

    [Theory, MemberData(nameof(Names))]
    public void Fields_that_a_newer_version_adds_are_passed_over(string name)
    {
        var newer = Recorded[name]!.DeepClone().AsObject();
        newer["addedLater"] = new JsonObject { ["x"] = 1 };
        Assert.NotNull(newer.Deserialize(Messages.Single(m => m.Name == name), SystemTextJsonMessageSerializer.Options));
    }

    [Fact]
    public void Every_message_has_been_recorded() => Assert.Equal(Messages.Select(m => m.Name).Order(StringComparer.Ordinal), Recorded.Select(m => m.Key).Order(StringComparer.Ordinal));

    // The name of a message is its type's with its namespace: a type that moves is another message.
    [Fact]
    public void Messages_keep_their_names()
    {
        Assert.All(Messages.Where(m => m.Assembly == typeof(SubmitRequest).Assembly), m => Assert.Equal("Riq.Contracts", m.Namespace));
        Assert.Equal(("urn:message:Riq.Engine.Execution:ExecuteRequest", "urn:message:Riq.Engine.Execution:RequestsEnded"), (ExecuteRequest.MessageUrn, RequestsEnded.MessageUrn));
        Assert.All([typeof(ExecuteRequest), typeof(RequestsEnded)], m => Assert.Equal("Riq.Engine.Execution", m.Namespace));
    }
}
