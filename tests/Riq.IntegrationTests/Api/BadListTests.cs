using System.Net;

namespace Riq.IntegrationTests.Api;

public sealed class BadListTests(IdleCluster cluster) : IClassFixture<IdleCluster>
{
    [Theory]
    [InlineData("?status=cached", "status")]
    [InlineData("?status=", "status")]
    [InlineData("?status=Queued", "status")]
    [InlineData("?status=queued&status=failed", "status")]
    [InlineData("?priority=urgent", "priority")]
    [InlineData("?service=", "service")]
    [InlineData("?operation=%00", "operation")]
    [InlineData("?created_after=yesterday", "created_after")]
    [InlineData("?created_after=2026-13-01", "created_after")]
    [InlineData("?created_after=12:00", "created_after")]
    [InlineData("?created_after=1%2F2%2F2026", "created_after")]
    [InlineData("?created_after=", "created_after")]
    [InlineData("?cursor=abc", "cursor")]
    [InlineData("?cursor=", "cursor")]
    [InlineData("?cursor=%00", "cursor")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=201", "limit")]
    [InlineData("?limit=-5", "limit")]
    [InlineData("?limit=1.5", "limit")]
    [InlineData("?limit=many", "limit")]
    [InlineData("?limit=99999999999999", "limit")]
    [InlineData("?state=queued", "state")]
    [InlineData("?limit=0&cursor=x&status=y&priority=z&colour=blue&created_after=t", "colour", "created_after", "cursor", "limit", "priority", "status")]
    public async Task A_bad_parameter_is_named(string query, params string[] fields) =>
        Assert.Equal(fields, (await Refusal.Of(cluster.Api.Get("/api/queue/requests" + query), HttpStatusCode.BadRequest)).Fields);
}
