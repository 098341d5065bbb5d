namespace Riq.Engine.Requests;

/// <summary>Deletes requests with all that is known of them, in one statement.</summary>
static class RequestRemoval
{
    /// <summary>Common table expressions behind <c>gone</c>, which gives the ids of the requests that the statement deletes. A new table of things about requests is added here, unless a foreign key deletes its rows.</summary>
    public const string Followers = """
        attempts as (delete from request_attempts a using gone where a.request_id = gone.id),
        events as (delete from request_events e using gone where e.request_id = gone.id),
        care as (delete from dead_letter_care d using gone where d.request_id = gone.id),
        commands as (delete from outbox o using gone where o.id = gone.id)
        """;
}
