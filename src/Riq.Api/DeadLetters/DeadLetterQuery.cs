using Riq.Api.Requests;
using Riq.Contracts;
using Riq.Engine.DeadLetters;

namespace Riq.Api.DeadLetters;

/// <summary>Reads the query of the list of dead letters.</summary>
static class DeadLetterQuery
{
    static readonly string[] Names = ["service", "operation", "code", "cursor", "limit"];

    public static DeadLetterFilter Read(IQueryCollection query, string? client, ProblemList problems)
    {
        RequestListQuery.CheckNames(query, Names, problems);
        return new(client, RequestListQuery.Text(query, "service", problems), RequestListQuery.Text(query, "operation", problems), RequestListQuery.Text(query, "code", problems),
            RequestListQuery.Cursor(query, problems), RequestListQuery.Limit(query, problems));
    }
}
