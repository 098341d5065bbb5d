using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Riq.Engine.Callbacks;

/// <summary>Makes one delivery: signs, posts, and says what the answer means. Only 2xx is success; redirects are not followed.</summary>
sealed class CallbackClient : IDisposable
{
    // An answer's body means nothing; a little of it is read so that the connection can be used again.
    const int MostBodyBytes = 16 * 1024;

    readonly CallbackRules _rules;
    readonly CallbackOptions _options;
    readonly CallbackSchedule _schedule;
    readonly TimeProvider _time;
    readonly HttpClient _http;

    public CallbackClient(RiqOptions options, CallbackRules rules, TimeProvider time) : this(options, rules, time, Dns.GetHostAddressesAsync) { }

    /// <summary>With a way of its own to find a name's addresses, for tests.</summary>
    public CallbackClient(RiqOptions options, CallbackRules rules, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        (_rules, _options, _time) = (rules, options.Callbacks, time);
        _schedule = new(_options.RetryBaseDelay);
        _http = new(CallbackConnection.Handler(rules.Allowed, resolve)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public async Task<DeliveryResult> Deliver(DueCallback callback)
    {
        var began = _time.GetTimestamp();
        DeliveryResult Ended(string status, TimeSpan? wait, int? http, string? error) => new(status, wait, http, error, _time.GetElapsedTime(began));
        DeliveryResult Failed(int? http, string error, TimeSpan? retryAfter = null)
        {
            var wait = _schedule.After(callback.Failures + 1, Random.Shared.NextDouble(), retryAfter, callback.Left - _time.GetElapsedTime(began));
            return Ended(wait is null ? CallbackStatus.Failed : CallbackStatus.Pending, wait, http, error);
        }

        // Checked again: settings and rules may have changed since it was submitted.
        if (_rules.Problem(callback.Url, callback.ClientId) is { } problem) return Failed(null, $"The URL {problem}");
        using var limit = new CancellationTokenSource(_options.Timeout, _time);
        try
        {
            using var message = Message(callback);
            using var answer = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            await Drain(answer, limit.Token);
            var status = (int)answer.StatusCode;
            if (answer.IsSuccessStatusCode) return Ended(CallbackStatus.Delivered, null, status, null);
            if (answer.StatusCode == HttpStatusCode.Gone) return Ended(CallbackStatus.Gone, null, status, "The receiver answered 410: it wants no more of them.");
            return Failed(status, status is >= 300 and < 400 ? $"The receiver answered {status}; redirects are not followed." : $"The receiver answered {status}.", RetryAfter(answer));
        }
        catch (OperationCanceledException) { return Failed(null, $"No answer within {_options.Timeout.TotalSeconds:0.#} s."); }
        catch (HttpRequestException e) { return Failed(null, e.InnerException is ForbiddenTargetException forbidden ? forbidden.Message : $"It could not be reached: {e.HttpRequestError}."); }
        catch (Exception e) when (e is ForbiddenTargetException or IOException) { return Failed(null, e is ForbiddenTargetException ? e.Message : "The connection broke."); }
    }

    HttpRequestMessage Message(DueCallback callback)
    {
        var id = "msg_" + callback.Id.ToString("N");
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        var message = new HttpRequestMessage(HttpMethod.Post, callback.Url) { Content = new ByteArrayContent(callback.Body!) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        message.Headers.UserAgent.ParseAdd("RIQ");
        message.Headers.Add("webhook-id", id);
        message.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        message.Headers.Add("webhook-signature", WebhookSignature.Of(_rules.SecretsOf(callback.ClientId), id, timestamp, callback.Body));
        return message;
    }

    static async Task Drain(HttpResponseMessage answer, CancellationToken limit)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(limit);
        var buffer = new byte[4_096];
        for (int read, total = 0; total < MostBodyBytes && (read = await body.ReadAsync(buffer, limit)) > 0;) total += read;
    }

    TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - (answer.Headers.Date ?? _time.GetUtcNow()),
        _ => null,
    };

    public void Dispose() => _http.Dispose();
}
