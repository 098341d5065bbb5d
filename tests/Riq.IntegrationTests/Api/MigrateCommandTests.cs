using Npgsql;
using Riq.TestKit.Servers;

namespace Riq.IntegrationTests.Api;

/// <summary><c>Riq.Api migrate</c> as operators and install scripts run it.</summary>
public sealed class MigrateCommandTests
{
    [Fact]
    public async Task An_empty_database_gets_its_schema_and_a_second_run_changes_nothing()
    {
        await using var database = await TestDatabase.Create();
        await database.Execute("drop schema public cascade");
        await database.Execute("create schema public");
        for (var run = 0; run < 2; run++)
        {
            var (code, output, error) = await RiqProcess.Run("migrate", $"--Riq:Postgres={database.ConnectionString}");
            Assert.True(code == 0, error);
            Assert.Contains("up to date", output, StringComparison.Ordinal);
            Assert.Equal(0, await database.Scalar<long>("select count(*) from queue_requests"));
        }
    }

    [Fact]
    public async Task Several_runs_at_the_same_time_get_along()
    {
        await using var database = await TestDatabase.Create();
        await database.Execute("drop schema public cascade");
        await database.Execute("create schema public");
        foreach (var (code, _, error) in await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RiqProcess.Run("migrate", $"--Riq:Postgres={database.ConnectionString}"))))
            Assert.True(code == 0, error);
        Assert.Equal(0, await database.Scalar<long>("select count(*) from queue_requests"));
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Username=x;Database=x", "127.0.0.1:1")]
    [InlineData("Host=no-such-host.invalid;Username=x;Database=x", "no-such-host.invalid")]
    [InlineData("nonsense", "Riq:Postgres")]
    [InlineData("Host=127.0.0.1;Colour=blue", "Riq:Postgres")]
    [InlineData("Host=127.0.0.1;Port=many", "Riq:Postgres")]
    [InlineData("", "Riq:Postgres is missing")]
    public async Task A_server_that_can_not_be_reached_is_named(string postgres, string named)
    {
        var (code, _, error) = await RiqProcess.Run("migrate", $"--Riq:Postgres={postgres}");
        Assert.NotEqual(0, code);
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_password_or_database_is_told()
    {
        var server = new NpgsqlConnectionStringBuilder(TestServers.Postgres) { Username = "nobody_of_that_name", Database = "nothing_of_that_name", Password = "the-secret" };
        var (code, output, error) = await RiqProcess.Run("migrate", $"--Riq:Postgres={server.ConnectionString}");
        Assert.NotEqual(0, code);
        Assert.Contains("nobody_of_that_name", error, StringComparison.Ordinal);
        Assert.DoesNotContain("the-secret", output + error, StringComparison.Ordinal);
    }
}
