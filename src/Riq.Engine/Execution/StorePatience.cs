using Microsoft.Extensions.Logging;
using Riq.Engine.Observability;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Execution;

/// <summary>An outage of Postgres never faults a message: what is to be stored is held and tried again until the store takes it or the process ends.</summary>
sealed class StorePatience(TimeProvider time, ILogger<StorePatience> log)
{
    static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250), LongestDelay = TimeSpan.FromSeconds(4);

    public async Task<T> UntilStored<T>(string what, Guid id, Func<Task<T>> store)
    {
        for (var delay = FirstDelay; ; delay = delay < LongestDelay ? delay * 2 : delay)
        {
            try { return await store(); }
            catch (Exception e) when (Database.IsOutage(e))
            {
                log.StoreAway(what, RequestToken.Of(id), e.Message);
            }
            await Task.Delay(delay, time);
        }
    }
}
