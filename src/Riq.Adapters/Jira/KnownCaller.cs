using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>
/// Doubts a search that finds nothing: to a token that has expired Jira may answer as to anybody who has not logged in, which
/// is with nothing. So Jira is asked who calls, by searches once a minute at most.
/// </summary>
sealed class KnownCaller(ServiceClient client, TimeProvider time)
{
    static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    long? _knownAt;

    /// <summary>Why nothing found means nothing; null when it may be believed.</summary>
    public Task<AdapterError?> Doubt(CancellationToken cancellation) =>
        _knownAt is { } at && time.GetElapsedTime(at) < Fresh ? Task.FromResult<AdapterError?>(null) : DoubtNow(cancellation);

    /// <summary>The same where a wrong belief would do something twice.</summary>
    public async Task<AdapterError?> DoubtNow(CancellationToken cancellation)
    {
        var askedAt = time.GetTimestamp();
        var answer = await client.Send(Call.Get(JiraAdapter.Myself), cancellation);
        if (answer.Ok) _knownAt = askedAt;
        return answer.Error;
    }
}
