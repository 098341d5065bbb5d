namespace Riq.Engine.Timeline;

/// <summary>Which changes a listener wants; an empty list means all. Only those of its own client are for it, unless it is an operator (null).</summary>
sealed record ChangeFilter(string? ClientId, IReadOnlyCollection<Guid> Requests, IReadOnlyCollection<string> Services, IReadOnlyCollection<string> Statuses)
{
    public bool Wants(Change change) => (ClientId is null || change.ClientId == ClientId)
        && (Requests.Count == 0 || Requests.Contains(change.Position.RequestId))
        && (Services.Count == 0 || Services.Contains(change.Service))
        && (Statuses.Count == 0 || Statuses.Contains(change.Status));
}
