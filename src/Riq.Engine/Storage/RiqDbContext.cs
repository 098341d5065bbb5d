using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Riq.Engine.Requests;

namespace Riq.Engine.Storage;

/// <summary>The schema: what migrations are made from. Reading and writing is plain SQL, in one place per table.</summary>
public sealed class RiqDbContext(DbContextOptions<RiqDbContext> options) : DbContext(options)
{
    public DbSet<QueueRequest> Requests => Set<QueueRequest>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.ApplyConfiguration(new QueueRequestTable());
        model.ApplyConfiguration(new RequestAttemptTable());
        model.ApplyConfiguration(new RequestEventTable());
        model.ApplyConfiguration(new OutboxTable());
        model.ApplyConfiguration(new QueueStatsTable());
        model.ApplyConfiguration(new ServiceStateTable());
        model.ApplyConfiguration(new Reads.ReadCacheTable());
        model.ApplyConfiguration(new Reads.CacheTagTable());
        model.ApplyConfiguration(new Statistics.HistoryTable());
        model.ApplyConfiguration(new LeadershipTable());
        model.ApplyConfiguration(new RequestDependencyTable());
        model.ApplyConfiguration(new LaneTable());
        model.ApplyConfiguration(new ServiceWorkerTable());
        model.ApplyConfiguration(new Tokens.ServiceGrantTable());
        model.ApplyConfiguration(new Submission.RefusedSubmissionTable());
        model.ApplyConfiguration(new Security.ApiKeyTable());
        model.ApplyConfiguration(new Security.ClientQuotaTable());
        model.ApplyConfiguration(new DeadLetters.DeadLetterNoteTable());
        model.ApplyConfiguration(new Audit.AuditTable());
        model.ApplyConfiguration(new DeadLetters.BulkOperationTable());
        model.ApplyConfiguration(new DeadLetters.BulkItemTable());
        model.ApplyConfiguration(new Callbacks.CallbackTable());
        model.ApplyConfiguration(new Callbacks.CallbackDeliveryTable());
        model.ApplyConfiguration(new Timeline.EventCursorTable());
        model.ApplyConfiguration(new DeadLetters.DeadLetterCareTable());
        model.ApplyConfiguration(new DeadLetters.ServiceRecoveryTable());
    }

    public static DbContextOptions<RiqDbContext> Options(string connectionString) =>
        new DbContextOptionsBuilder<RiqDbContext>().UseNpgsql(connectionString).UseSnakeCaseNamingConvention().Options;
}

/// <summary>Lets <c>dotnet ef migrations add</c> build the model; it never connects.</summary>
sealed class DesignTimeFactory : IDesignTimeDbContextFactory<RiqDbContext>
{
    public RiqDbContext CreateDbContext(string[] args) => new(RiqDbContext.Options("Host=127.0.0.1;Database=riq"));
}
