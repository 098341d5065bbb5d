using System.Text;
using Riq.Api.Http;

namespace Riq.UnitTests.Api;

public class RequestBodyTests
{
    [Theory]
    [InlineData("application/json"), InlineData("application/json; charset=utf-8"), InlineData("Application/JSON;charset=\"UTF-8\""), InlineData("application/vnd.riq+json")]
    public async Task JSON_in_UTF_8_is_read(string contentType)
    {
        var (json, problem) = await RequestBody.Read(Http.Call(body: """{"a":"é"}""", contentType: contentType).Request);
        Assert.Null(problem);
        Assert.Equal("é", json!.RootElement.GetProperty("a").GetString());
    }

    [Theory]
    [InlineData(null), InlineData(""), InlineData("text/plain"), InlineData("application/x-www-form-urlencoded"), InlineData("application/json; charset=iso-8859-1"), InlineData("nonsense")]
    public async Task Any_other_format_is_refused(string? contentType) => Assert.Equal(415, await Refused("{}", contentType));

    [Theory]
    [InlineData("gzip", 415), InlineData("identity", 0)]
    public async Task Compressed_bodies_are_refused(string encoding, int status)
    {
        var (_, problem) = await RequestBody.Read(Http.Call(body: "{}", headers: ("Content-Encoding", encoding)).Request);
        Assert.Equal(status, problem?.Status ?? 0);
    }

    [Theory]
    [InlineData(""), InlineData("{"), InlineData("{'a':1}"), InlineData("{\"a\":1,}"), InlineData("{} {}"), InlineData("{\"a\":01}"), InlineData("// x\n{}"), InlineData("NaN")]
    public async Task What_is_no_JSON_is_refused(string body) => Assert.Equal(400, await Refused(body));

    [Fact]
    public async Task The_place_of_the_fault_is_told()
    {
        var (_, problem) = await RequestBody.Read(Http.Call(body: "{\n  \"a\": x }").Request);
        Assert.StartsWith("The first fault is in line 2, at byte 8.", problem!.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}"""), InlineData("""{"payload":{"title":"x","t\u0069tle":"y"}}""")]
    public async Task A_field_that_is_named_twice_is_refused(string body)
    {
        var (_, problem) = await RequestBody.Read(Http.Call(body: body).Request);
        Assert.Equal("An object names the same field twice.", problem!.Detail);
    }

    [Theory]
    [InlineData("""{"\ud800":1,"\ud800":2}"""), InlineData("""{"\ud800":1,"a":2}"""), InlineData("""{"a":{"\udc00":1,"b":2}}""")]
    public async Task A_name_that_is_no_Unicode_text_is_no_accident(string body)
    {
        var (json, problem) = await RequestBody.Read(Http.Call(body: body).Request);
        Assert.True(json is not null || problem!.Status == 400);
    }

    [Theory]
    [InlineData("""{"a":["b","\ud800"]}""", "a[1]"), InlineData("""{"a":{"b":"\u0000"}}""", "a.b"), InlineData("""{"a":1e400}""", "a")]
    public async Task Text_that_nobody_could_read_or_store_is_refused_by_its_place(string body, string place)
    {
        var (json, problem) = await RequestBody.Read(Http.Call(body: body).Request);
        Assert.Null(json);
        Assert.Equal(400, problem!.Status);
        Assert.Equal([place], problem.Errors!.Keys);
        Assert.NotNull((await RequestBody.ReadJson(Http.Call(body: body).Request)).Json);
    }

    [Fact]
    public async Task Sixty_four_levels_are_read_and_one_more_is_refused()
    {
        Assert.Null((await RequestBody.Read(Http.Call(body: Nested(RequestBody.MaxDepth)).Request)).Problem);
        var (_, problem) = await RequestBody.Read(Http.Call(body: Nested(RequestBody.MaxDepth + 1)).Request);
        Assert.Equal("It is nested deeper than 64 levels.", problem!.Detail);
    }

    static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    [Theory]
    [InlineData(RequestBody.MaxBytes, true), InlineData(RequestBody.MaxBytes, false)]
    public async Task A_body_of_one_mebibyte_is_read_and_one_byte_more_is_refused(int most, bool lengthKnown)
    {
        var call = Http.Call(body: Padded(most));
        call.Request.ContentLength = lengthKnown ? most : null;
        var (json, problem) = await RequestBody.Read(call.Request);
        Assert.Null(problem);
        Assert.Equal(most - 2, json!.RootElement.GetString()!.Length);

        var larger = Http.Call(body: Padded(most + 1));
        larger.Request.ContentLength = lengthKnown ? most + 1 : null;
        Assert.Equal(413, (await RequestBody.Read(larger.Request)).Problem!.Status);
    }

    static string Padded(int bytes) => $"\"{new string('x', bytes - 2)}\"";

    [Fact]
    public async Task A_byte_order_mark_is_overlooked()
    {
        var (json, _) = await RequestBody.Read(Http.Call("", [0xEF, 0xBB, 0xBF, .. "[1]"u8], "application/json").Request);
        Assert.Equal(1, json!.RootElement[0].GetInt32());
        Assert.Equal(400, (await RequestBody.Read(Http.Call("", [0xEF, 0xBB, 0xBF], "application/json").Request)).Problem!.Status);
    }

    [Fact]
    public async Task A_body_outlives_the_buffer_that_it_was_read_into()
    {
        var (first, _) = await RequestBody.Read(Http.Call(body: "[\"first\"]").Request);
        for (var i = 0; i < 100; i++) (await RequestBody.Read(Http.Call(body: "[\"other\"]").Request)).Json!.Dispose();
        Assert.Equal("first", first!.RootElement[0].GetString());
    }

    [Fact]
    public async Task A_body_that_comes_in_single_bytes_is_read_whole()
    {
        var call = Http.Call(body: "");
        call.Request.Body = new OneByteAtATime(Encoding.UTF8.GetBytes("{\"a\":[1,2,3]}"));
        Assert.Equal(3, (await RequestBody.Read(call.Request)).Json!.RootElement.GetProperty("a").GetArrayLength());
    }

    sealed class OneByteAtATime(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..1], cancellationToken);
    }

    static async Task<int> Refused(string body, string? contentType = "application/json")
    {
        var (json, problem) = await RequestBody.Read(Http.Call(body: body, contentType: contentType).Request);
        Assert.Null(json);
        return problem!.Status;
    }
}
