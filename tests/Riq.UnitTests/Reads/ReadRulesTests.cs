using System.Text.Json;
using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Reads;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Reads;

/// <summary>Which reads are equal, and for how long an answer is kept.</summary>
public class ReadRulesTests
{
    static readonly OperationCatalog Catalog = new([new Fake()]);

    static ReadRules Rules(Action<ServiceOptions>? set = null)
    {
        var service = ServiceOptions.DefaultFor("fake");
        set?.Invoke(service);
        return new(Catalog, new() { Services = { ["fake"] = service } });
    }

    static NewRequest Request(string payload = """{"text":"a"}""", string operation = "fake.get", bool fresh = false, string client = "anna") => new()
    {
        ClientId = client, Operation = Catalog.Find(operation)!, Payload = payload, Fresh = fresh,
        PayloadHash = CanonicalJson.Hash(operation, JsonDocument.Parse(payload).RootElement),
    };

    [Fact]
    public void The_same_question_has_one_key_whoever_asks_and_however_it_is_written() =>
        Assert.Equal(Rules().KeyOf(Request("""{"text":"a","number":1}""")), Rules().KeyOf(Request("""{ "number":1.0, "text":"\u0061" }""", client: "bert")));

    [Fact]
    public void Another_question_site_or_credential_has_another_key()
    {
        var keys = new[]
        {
            Rules().KeyOf(Request()), Rules().KeyOf(Request("""{"text":"b"}""")), Rules(s => s.BaseUrl = "https://one.example").KeyOf(Request()),
            Rules(s => s.Auth.Type = "bearer").KeyOf(Request()), Rules(s => (s.Auth.Type, s.Auth.Secret) = ("bearer", "x")).KeyOf(Request()),
        };
        Assert.Equal(5, keys.Select(k => Convert.ToHexString(k!)).Distinct().Count());
    }

    [Theory]
    [InlineData("fake.write", """{"text":"a"}""")]
    [InlineData("fake.read", """{"text":"a"}""")]
    [InlineData("fake.get", """{"text":"$result.id"}""")]
    [InlineData("fake.get", """{"text":"\u0024result.id"}""")]
    public void Writes_reads_that_are_not_kept_and_those_that_depend_on_other_results_have_no_key(string operation, string payload)
    {
        Assert.Null(Rules().KeyOf(Request(payload, operation)));
        Assert.False(Rules().Shares(Request(payload, operation)));
    }

    [Fact]
    public void A_fresh_read_shares_nothing_but_its_answer_is_kept()
    {
        Assert.False(Rules().Shares(Request(fresh: true)));
        Assert.Equal(Rules().KeyOf(Request()), Rules().KeyOf(Request(fresh: true)));
        Assert.True(Rules().Shares(Request()));
    }

    [Fact]
    public void The_time_is_the_setting_s_or_the_declared_one_and_zero_turns_it_off()
    {
        Assert.Equal(TimeSpan.FromMinutes(5), Rules().TtlOf(Catalog.Find("fake.get")!));
        Assert.Equal(TimeSpan.FromSeconds(7), Rules(s => s.Cache.Ttl["get"] = TimeSpan.FromSeconds(7)).TtlOf(Catalog.Find("fake.get")!));
        Assert.Null(Rules(s => s.Cache.Ttl["get"] = TimeSpan.Zero).KeyOf(Request()));
        Assert.Null(Rules(s => s.Cache.Enabled = false).KeyOf(Request()));
        Assert.Equal(TimeSpan.FromMinutes(5), Rules().LongestTtl);
    }

    sealed class Fake : IServiceAdapter
    {
        static readonly PayloadSchema Payload = new(new PayloadField("text", PayloadType.Line, "Any."), new PayloadField("number", PayloadType.Integer, "Any."));
        static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

        public string Service => "fake";
        public IReadOnlyList<OperationDeclaration> Operations { get; } =
        [
            new("fake.get", OperationKind.Read, "Kept.", Payload, Timeout, RepeatSafe: true) { Cached = new(TimeSpan.FromMinutes(5), (_, _) => ["a"]) },
            new("fake.read", OperationKind.Read, "Not kept.", Payload, Timeout, RepeatSafe: true),
            new("fake.write", OperationKind.Write, "Writes.", Payload, Timeout, RepeatSafe: true),
        ];
        public Task<AdapterResult<JsonElement>> Execute(OperationCall call, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
