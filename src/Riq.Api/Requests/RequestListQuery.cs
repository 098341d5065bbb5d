using Riq.Api.Http;
using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.Api.Requests;

/// <summary>Reads which requests a list is to show.</summary>
static class RequestListQuery
{
    static readonly string[] Names = ["status", "service", "operation", "client", "priority", "error", "idempotency_key", "created_after", "created_before", "cursor", "limit"];

    public static RequestFilter Read(IQueryCollection query, string? client, ProblemList problems)
    {
        ListQuery.CheckNames(query, Names, problems);
        return new(client, ListQuery.Limit(query, problems))
        {
            Client = ListQuery.Text(query, "client", problems),
            Status = ListQuery.OneOf(query, "status", RequestStatus.All, problems),
            Service = ListQuery.Text(query, "service", problems),
            Operation = ListQuery.Text(query, "operation", problems),
            Priority = ListQuery.OneOf(query, "priority", Priorities.All, problems),
            Error = ListQuery.Text(query, "error", problems),
            IdempotencyKey = ListQuery.Text(query, "idempotency_key", problems),
            CreatedAfter = ListQuery.Time(query, "created_after", problems),
            CreatedBefore = ListQuery.Time(query, "created_before", problems),
            Before = ListQuery.Cursor(query, problems),
        };
    }
}
