using Riq.Engine.Storage;

namespace Riq.Engine.Requests;

/// <summary>What became of a command about a request.</summary>
enum CommandOutcome { Done, NotFound, Refused }

/// <summary>Commands that come over REST: the same machine and the same store as everybody's.</summary>
sealed class RequestCommands(Database database, RequestLife life, TransitionWriter writer)
{
    const string LoadSql = $"select {RequestRow.Columns} from queue_requests r where r.id = $1";
    const int MostTries = 5;

    /// <summary>Calls a queued request off. <paramref name="clientId"/>: whose request it must be; null for an operator.</summary>
    public async Task<CommandOutcome> Cancel(Guid id, string? clientId, string by)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var request = (await database.Hot.CreateCommand(LoadSql).With(id).List(RequestRow.Read)).SingleOrDefault();
            if (request is null || clientId is not null && request.ClientId != clientId) return CommandOutcome.NotFound;
            if (!await life.Raise(request, life.Machine.Cancelled, new Cancelled(by))) return CommandOutcome.Refused;
            if (await writer.Write(request)) return CommandOutcome.Done;
            // It moved on between reading and writing: look again.
        }
        return CommandOutcome.Refused;
    }
}
