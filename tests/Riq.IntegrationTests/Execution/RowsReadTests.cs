using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Execution;

/// <summary>
/// What a request costs Postgres does not grow with what waits beside it. The planner's figures are those of a moment when
/// nothing waited, as after every quiet hour: a plan that is good only then reads the whole queue for each request.
/// </summary>
public sealed class RowsReadTests
{
    const int Many = 3_000;

    const string ReadSql = """
        select coalesce(sum(idx_tup_read), 0)::bigint + (select coalesce(sum(seq_tup_read), 0) from pg_stat_user_tables where relname = 'queue_requests')::bigint
        from pg_stat_user_indexes where relname = 'queue_requests'
        """;

    // A write is claimed and stored: 3, and 73 by a plan that reads what waits. A read that goes together with others passes entries that were
    // claimed a moment ago, the more the busier the machine is: 17 on a quiet one, and 1,600 by such a plan.
    [Theory]
    [InlineData("fake.look", 400)]
    [InlineData("fake.write", 40)]
    public async Task A_burst_reads_few_rows_for_each_request(string operation, int most)
    {
        await using var riq = (await RiqCluster.Create()).With("Services:fake:Concurrency", 64).With("SweepInterval", "00:00:05");
        await riq.StartApi();
        var worker = await riq.StartWorker();
        await Burst(riq, operation, 300);
        await Eventually.True(() => riq.Database.Scalar<bool>("select not exists (select from queue_requests where status in ('queued', 'processing'))"));
        await riq.Database.Execute("analyze queue_requests");
        var before = await riq.Database.Scalar<long>(ReadSql);
        await Burst(riq, operation, Many);
        await riq.Stop(worker);
        // A connection has told what it read when it is gone.
        await Eventually.True(() => riq.Database.Scalar<bool>("select not exists (select from pg_stat_activity where datname = current_database() and usename = 'riq_worker')"));
        Assert.InRange((await riq.Database.Scalar<long>(ReadSql) - before) / (double)Many, 2, most);
    }

    static async Task Burst(RiqCluster riq, string operation, int count)
    {
        var before = riq.Service.Calls.Count;
        foreach (var part in Enumerable.Range(0, count).Chunk(500))
        {
            using var answer = await riq.Api.Post("/api/queue/submit/batch", new { items = part.Select(n => new { operation, payload = new { text = $"item {before + n}" } }) });
            Assert.True(answer.IsSuccessStatusCode);
        }
        await Eventually.True(() => riq.Service.Calls.Count >= before + count);
    }
}
