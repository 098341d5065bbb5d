using System.Reflection;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Riq.Engine.Storage;

namespace Riq.UnitTests.Upgrade;

/// <summary>
/// An upgrade changes the schema first, and then one process after the other; a rollback leaves the schema as it is. So what the former version uses has to stay for one
/// release: migrations add. What goes, goes in the release after the last one that has used it, and is named here.
/// </summary>
public class MigrationTests
{
    /// <summary>The last migration of the last release. Those up to it have run everywhere.</summary>
    const string LastReleased = "20261126022256_ServicesAndOperations";

    /// <summary>What may go although it was there in the last release, because that release no longer used it: the migration and why.</summary>
    static readonly Dictionary<string, string> Agreed = [];

    static readonly string[] Breaking = ["drop table", "drop column", "rename ", "set not null", "alter column", "alter table", "truncate", "drop function"];

    static (string Id, Migration Migration)[] SinceRelease => [.. typeof(RiqDbContext).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Migration)))
        .Select(t => (Id: t.GetCustomAttribute<MigrationAttribute>()!.Id, Migration: (Migration)Activator.CreateInstance(t)!))
        .Where(m => string.CompareOrdinal(m.Id, LastReleased) > 0)];

    [Fact]
    public void The_last_release_is_a_migration_that_there_is() =>
        Assert.Contains(LastReleased, typeof(RiqDbContext).Assembly.GetTypes().Select(t => t.GetCustomAttribute<MigrationAttribute>()?.Id));

    [Fact]
    public void The_former_version_can_work_on_the_new_schema()
    {
        foreach (var (id, migration) in SinceRelease.Where(m => !Agreed.ContainsKey(m.Id)))
        {
            var added = migration.UpOperations.OfType<CreateTableOperation>().Select(t => t.Name).ToHashSet();
            Assert.All(migration.UpOperations, o => Assert.True(LeavesTheFormerVersionAlone(o, added), $"{id}: {o.GetType().Name} {Described(o)}"));
        }
    }

    static bool LeavesTheFormerVersionAlone(MigrationOperation operation, HashSet<string> added) => operation switch
    {
        CreateTableOperation or DropCheckConstraintOperation => true,
        // Nobody's statement names an index; one that is made anew in the same migration may be asked for other rows.
        DropIndexOperation or CreateIndexOperation => true,
        AddColumnOperation c => added.Contains(c.Table) || c.IsNullable || c.DefaultValue is not null || c.DefaultValueSql is not null || c.ComputedColumnSql is not null,
        AlterColumnOperation c => c.IsNullable && !c.OldColumn.IsNullable && c.ColumnType == c.OldColumn.ColumnType,
        AddCheckConstraintOperation c => added.Contains(c.Table),
        SqlOperation s => !Breaking.Any(b => s.Sql.Contains(b, StringComparison.OrdinalIgnoreCase)),
        _ => false,
    };

    static string Described(MigrationOperation operation) => operation switch
    {
        ITableMigrationOperation t => t.Table,
        SqlOperation s => s.Sql,
        _ => "",
    };

    [Fact]
    public void What_would_break_it_is_noticed()
    {
        MigrationOperation[] bad =
        [
            new DropColumnOperation { Table = "t", Name = "c" }, new DropTableOperation { Name = "t" }, new RenameColumnOperation { Table = "t", Name = "a", NewName = "b" },
            new AddColumnOperation { Table = "t", Name = "c", ClrType = typeof(int) }, new AddCheckConstraintOperation { Table = "t", Name = "c", Sql = "true" },
            new AlterColumnOperation { Table = "t", Name = "c", IsNullable = false, OldColumn = new AddColumnOperation { IsNullable = true } }, new SqlOperation { Sql = "ALTER TABLE t DROP COLUMN c" },
        ];
        Assert.All(bad, o => Assert.False(LeavesTheFormerVersionAlone(o, [])));
    }
}
