using System.Text.Json;

namespace Riq.Client.Http;

/// <summary>Calls RIQ's API, and repeats a call that got no answer or that RIQ asked to repeat, until its time is over.</summary>
sealed class ApiCalls(IHttpClientFactory clients, TimeProvider time)
{
    public const string ClientName = "riq";

    /// <summary>How long an answer may take beyond the time for which RIQ was asked to hold it.</summary>
    static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(20);

    /// <summary>What an answer is given of that at the least, however little time is left.</summary>
    static readonly TimeSpan LeastAnswerTime = TimeSpan.FromSeconds(5);

    /// <param name="make">The call, given the time that is left; made anew for each try.</param>
    /// <param name="held">How long RIQ was asked to hold the answer, given the time that is left.</param>
    /// <param name="limit">When to give up repeating.</param>
    /// <param name="cancellation">The caller's own end.</param>
    public async Task<ApiAnswer> Send(Func<TimeSpan, HttpRequestMessage> make, Func<TimeSpan, TimeSpan> held, TimeSpan limit, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            var left = Left(limit, began);
            var answer = await Try(make(left), held(left) + AnswerLimit(left), cancellation);
            if (answer.Ok || RepeatRule.DelayAfter(answer.Status, answer.RetryAfter, tries, Random.Shared.NextDouble()) is not { } delay || delay >= Left(limit, began)) return answer;
            await Task.Delay(delay, time, cancellation);
        }
    }

    static TimeSpan AnswerLimit(TimeSpan left) => left > AnswerTime ? AnswerTime : left < LeastAnswerTime ? LeastAnswerTime : left;

    TimeSpan Left(TimeSpan limit, long began)
    {
        var left = limit - time.GetElapsedTime(began);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    async Task<ApiAnswer> Try(HttpRequestMessage message, TimeSpan limit, CancellationToken cancellation)
    {
        using var _ = message;
        using var timer = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            using var answer = await clients.CreateClient(ClientName).SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return await ApiAnswer.Read(answer, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested) { return ApiAnswer.None($"There was no answer within {limit.TotalSeconds:0} s."); }
        catch (Exception e) when (e is HttpRequestException or IOException) { return ApiAnswer.None($"The connection failed: {e.Message.TrimEnd('.')}."); }
    }

    /// <summary>A JSON body.</summary>
    public static HttpContent Body(JsonElement json) => new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(json)) { Headers = { ContentType = new("application/json") } };
}
