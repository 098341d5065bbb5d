using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Contracts;

namespace Riq.Adapters.Http;

/// <summary>
/// Makes single HTTP calls to one service and says exactly what happened. No retries, no redirects, no cookies; the
/// caller's token is the only limit of time. Never throws for what the service or the network did.
/// </summary>
sealed class ServiceClient(string service, Uri baseUrl, HttpClient http, ICredentialSource credentials, ICallBudget budget, TimeProvider time) : IDisposable
{
    /// <summary>Answers beyond this are refused: what RIQ stores as a result is bounded by the same size.</summary>
    public const int MaxAnswerBytes = 4 * 1024 * 1024;

    /// <summary>An error's body is read this far; what explains an error stands at its beginning.</summary>
    const int MaxErrorBytes = 64 * 1024;

    // Atlassian's documents (ADF) nest one level of objects and one of arrays per element.
    static readonly JsonDocumentOptions Reading = new() { MaxDepth = 256 };
    static readonly JsonWriterOptions Writing = new() { MaxDepth = 1_000, Encoder = RiqJson.Options.Encoder };

    readonly string _base = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');

    public string Service => service;

    public async Task<Answer> Send(Call call, CancellationToken cancellation)
    {
        var (answer, refused) = await SendOnce(call, again: false, cancellation);
        // Once more, and no more: a 401 was decided before anything was done.
        if (refused.HasAnother) (answer, refused) = await SendOnce(call, again: true, cancellation);
        return answer.Error is { Code: ErrorCodes.AuthFailed, CredentialRefused: false, RetryAfter: null } error
            ? answer with { Error = error with { RetryAfter = refused.RetryAfter, CredentialRefused = refused.NeedsAnother } } : answer;
    }

    async Task<(Answer, CredentialRefusal)> SendOnce(Call call, bool again, CancellationToken cancellation)
    {
        var (authorization, unavailable) = await Authorize(cancellation);
        if (unavailable is not null) return (Answer.Failed(unavailable), default);
        var outgoing = CallScope.Of(service, call);
        if (await NotNow(outgoing, cancellation) is { } wait) return (Answer.Failed(wait), default);

        var answer = await Send(call, outgoing, authorization, cancellation);
        budget.Ended(outgoing, answer.Error is { } error ? error.IsServiceFailure : false);
        if (authorization is null) return (answer, default);
        if (ServiceErrors.Refusal(answer, credentials.HasEnded(service, authorization)) is { } refusal) return (refusal, await Refuse(authorization, again, cancellation));
        // Only an answer that the service itself gave to the call says that the credential is good.
        if (answer.Status is >= 200 and < 300) credentials.Accepted(service, authorization);
        return (answer, default);
    }

    // The call is refused already; that nothing better is to be had changes nothing about it.
    async Task<CredentialRefusal> Refuse(AuthenticationHeaderValue authorization, bool again, CancellationToken cancellation)
    {
        try { return await credentials.Refused(service, authorization, again, cancellation); }
        catch (OperationCanceledException) { return CredentialRefusal.Final; }
        catch (CredentialUnavailableException e) { return new(false, e.RetryAfter); }
    }

    // The last thing before the call: from here to the socket nothing is waited for.
    async ValueTask<AdapterError?> NotNow(OutgoingCall outgoing, CancellationToken cancellation)
    {
        try { return (await budget.MayBegin(outgoing, cancellation))?.ToError(); }
        catch (OperationCanceledException) { return TransportErrors.NoTurn(service); }
    }

    async Task<Answer> Send(Call call, OutgoingCall outgoing, AuthenticationHeaderValue? authorization, CancellationToken cancellation)
    {
        using var content = call.Write || call.Body is not null ? new SentContent(BytesOf(call.Body), budget.MayStillSend) : null;
        using var request = new HttpRequestMessage(call.Method, _base + call.Path) { Content = content };
        request.Headers.Authorization = authorization;
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            Hear(outgoing, response);
            return await Read(call, response, authorization, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Answer.Failed(TransportErrors.TimedOut(service, call.Write && content!.Begun));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return Answer.Failed(TransportErrors.Broken(service, e, sent: content?.Begun ?? false, call.Write));
        }
    }

    // Before the body is read: others should stop as soon as possible.
    void Hear(OutgoingCall outgoing, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (LimitHeaders.Read(status, AnswerHeaders.Of(response), time.GetUtcNow()) is { } said) budget.Answered(outgoing, said);
    }

    async Task<(AuthenticationHeaderValue?, AdapterError?)> Authorize(CancellationToken cancellation)
    {
        try { return (await credentials.Authorization(service, cancellation), null); }
        // Not the service's failure: it was never asked.
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { return (null, TransportErrors.NoCredentialInTime(service)); }
        catch (CredentialUnavailableException e) { return (null, new(ErrorCodes.AuthFailed, e.Message) { RetryAfter = e.RetryAfter, CredentialRefused = e.Refused }); }
        catch (Exception e) { return (null, TransportErrors.NoCredential(service, e)); }
    }

    // Not by the serializer, which stops at 64 levels: a list in a list in a list … is four levels each.
    public static byte[] BytesOf(JsonNode? body)
    {
        if (body is null) return [];
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Writing)) body.WriteTo(writer);
        return bytes.ToArray();
    }

    async Task<Answer> Read(Call call, HttpResponseMessage response, AuthenticationHeaderValue? authorization, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        var secrets = Secrets.Of(authorization);
        if (response.IsSuccessStatusCode) return (await ReadSuccess(call, response, status, cancellation)) with { Secrets = secrets };

        var body = await ReadErrorBody(response, cancellation);
        var answer = Answer.Failed(ServiceErrors.Translate(new(service, call.Write, secrets), status, AnswerHeaders.Of(response), body, time.GetUtcNow()));
        return call.OfSeveral ? answer with { Json = JsonOf(body), Secrets = secrets } : answer;
    }

    static JsonElement JsonOf(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(MendedJson.Of(System.Text.Encoding.UTF8.GetBytes(body)), Reading);
            return document.RootElement.Clone();
        }
        catch (JsonException) { return default; }   // HTML, or cut off: the status has to do
    }

    async Task<Answer> ReadSuccess(Call call, HttpResponseMessage response, int status, CancellationToken cancellation)
    {
        byte[]? body;
        try { body = await BoundedBody.Read(response.Content, MaxAnswerBytes, cancellation); }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException)
        {
            return Answer.Failed(ServiceErrors.Unreadable(service, call.Write, status, "broke off in the middle of its answer"));
        }
        if (body is null) return Answer.Failed(ServiceErrors.TooLarge(service, call.Write, status, MaxAnswerBytes));
        if (body.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
            return call.AnswerRequired ? Answer.Failed(ServiceErrors.Unreadable(service, call.Write, status, "sent an empty answer")) : new(status, default, null);
        try
        {
            using var document = JsonDocument.Parse(MendedJson.Of(body), Reading);
            return new(status, document.RootElement.Clone(), null) { Size = body.Length };
        }
        catch (JsonException)
        {
            return Answer.Failed(ServiceErrors.Unreadable(service, call.Write, status, "sent an answer that is not JSON"));
        }
    }

    // The status alone decides what an error means; a body that can't be read only costs the explanation.
    static async Task<string> ReadErrorBody(HttpResponseMessage response, CancellationToken cancellation)
    {
        try { return await BoundedBody.ReadStart(response.Content, MaxErrorBytes, cancellation); }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or OperationCanceledException) { return ""; }
    }

    public void Dispose() => http.Dispose();
}
