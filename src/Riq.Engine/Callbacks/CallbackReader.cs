using Riq.Engine.Storage;

namespace Riq.Engine.Callbacks;

/// <summary>The last callback of a request, for its detail.</summary>
sealed record CallbackState(string Url, string Status, int Attempts, DateTime? NextAttemptAt);

static class CallbackReader
{
    const string StateSql = "select url, state, attempts, case when state = 'pending' then due_at end from callbacks where request_id = $1 order by ended_at desc limit 1";

    /// <summary>Null while the request has not ended, or has no callback.</summary>
    public static async Task<CallbackState?> Of(Database database, Guid requestId, CancellationToken cancellation) =>
        (await database.Plain.CreateCommand(StateSql).With(requestId).List(r => new CallbackState(r.GetString(0), r.GetString(1), r.GetInt32(2), r.Time(3)), cancellation)).SingleOrDefault();
}
