using System.IO.Compression;
using System.Net;
using System.Text;
using Riq.IntegrationTests.Api;

namespace Riq.IntegrationTests.Submission;

/// <summary>Bodies that are too large, encoded otherwise, or not said to be JSON.</summary>
public sealed class ForeignBodyTests(IdleCluster cluster) : IClassFixture<IdleCluster>, IAsyncLifetime
{
    const string Submission = """{"operation":"fake.write","payload":{"text":"Grüße"}}""";

    long _before;

    public async Task InitializeAsync() => _before = await cluster.Rows();

    public async Task DisposeAsync() => Assert.Equal(_before, await cluster.Rows());

    [Theory]
    [InlineData(Calls.SubmitPath)]
    [InlineData(Calls.BatchPath)]
    public async Task Two_mebibytes_are_refused_with_and_without_a_length(string path)
    {
        var body = new byte[2 * 1024 * 1024];
        body.AsSpan().Fill((byte)' ');
        var refusal = await Refusal.Of(cluster.Api.PostBytes(path, body), HttpStatusCode.RequestEntityTooLarge);
        Assert.Contains("1,048,576", refusal.Detail, StringComparison.Ordinal);

        var chunked = new StreamContent(new MemoryStream(body));
        chunked.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = chunked };
        request.Headers.TransferEncodingChunked = true;
        await Refusal.Of(cluster.Api.Http.SendAsync(request), HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Clients_that_send_too_much_all_hear_of_it()
    {
        var body = new byte[8 * 1024 * 1024];
        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Refusal.Of(cluster.Api.PostBytes(Calls.SubmitPath, body), HttpStatusCode.RequestEntityTooLarge)));
    }

    [Fact]
    public async Task Only_uncompressed_JSON_in_UTF_8_is_read()
    {
        await Unsupported(Encoding.Unicode.GetBytes(Submission), "application/json; charset=utf-16");
        await Unsupported(Encoding.Latin1.GetBytes(Submission), "application/json; charset=iso-8859-1");
        await Unsupported(Encoding.UTF8.GetBytes(Submission), null);
        foreach (var type in new[] { "", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x", "json", "application/jsonp", "///", "application/json; charset=nonsense", "*/*" })
            await Unsupported(Encoding.UTF8.GetBytes(Submission), type);
        foreach (var encoding in new[] { "gzip", "br", "deflate", "gzip, identity" })
            await Unsupported(Gzip(Submission), "application/json", ("Content-Encoding", encoding));
    }

    [Fact]
    public async Task Other_encodings_that_claim_to_be_UTF_8_are_refused()
    {
        await Refusal.Of(cluster.Api.PostBytes(Calls.SubmitPath, Encoding.Unicode.GetBytes(Submission)), HttpStatusCode.BadRequest);
        await Refusal.Of(cluster.Api.PostBytes(Calls.SubmitPath, [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Submission)]), HttpStatusCode.BadRequest);
        await Refusal.Of(cluster.Api.PostBytes(Calls.SubmitPath, Encoding.UTF32.GetBytes(Submission)), HttpStatusCode.BadRequest);
        await Refusal.Of(cluster.Api.PostBytes(Calls.SubmitPath, Gzip(Submission)), HttpStatusCode.BadRequest);
        Assert.Equal(["payload.text"], (await Refusal.Of(cluster.Api.PostBytes(Calls.SubmitPath, Encoding.Latin1.GetBytes(Submission)), HttpStatusCode.BadRequest)).Fields);
    }

    [Fact]
    public async Task A_body_that_ends_before_its_length_is_not_stored()
    {
        var answer = await cluster.Api.Raw($"POST {Calls.SubmitPath} HTTP/1.0\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{{\"operation\":\"fake.write\",\"payload\":{{\"text\":\"a\"}}}}");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
    }

    async Task Unsupported(byte[] body, string? contentType, params (string, string)[] headers)
    {
        foreach (var path in new[] { Calls.SubmitPath, Calls.BatchPath })
        {
            var refusal = await Refusal.Of(cluster.Api.PostBytes(path, body, contentType, headers), HttpStatusCode.UnsupportedMediaType);
            Assert.Equal("The body's format is not supported", refusal.Title);
        }
    }

    static byte[] Gzip(string text)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return compressed.ToArray();
    }
}
