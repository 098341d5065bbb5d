using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Security;
using Riq.Engine;
using Riq.Engine.Audit;
using Riq.Engine.Cleanup;
using Riq.Engine.Security;
using Riq.Engine.Storage;

namespace Riq.Api.Cleanup;

/// <summary><c>POST /api/queue/cleanup</c>: the daily cleanup now, as far as it comes while the caller waits.</summary>
static class CleanupEndpoint
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static void MapCleanup(this IEndpointRouteBuilder queue) => queue.MapPost("/cleanup", Run).WithName("cleanup").Needs(Scopes.Operate);

    static async Task<IResult> Run(HttpContext http, Cleaner cleaner, Database database, RiqOptions options)
    {
        var result = await cleaner.Run(options.Cleanup, Limit, http.RequestAborted);
        await AuditStore.Write(database.Plain, new(Authentication.ClientOf(http), "cleaned_up", null, null) { Details = JsonSerializer.Serialize(new { deleted = result.Deleted }) }, http.RequestAborted);
        return JsonAnswer.Ok(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("deleted", result.Deleted);
            json.WriteBoolean("finished", result.Finished);
            json.WriteEndObject();
        });
    }
}
