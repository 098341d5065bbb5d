using System.Globalization;
using Npgsql;
using Riq.Engine.Security;
using Riq.Hosting;

namespace Riq.Api;

/// <summary><c>Riq.Api keys …</c>: makes, lists, revokes and rotates API keys, directly in Postgres. A key is shown once.</summary>
static class KeysCommand
{
    const string Usage = """
        usage: keys create CLIENT [--scopes submit,read] [--quota PER_MINUTE] [--expires DAYS]
               keys list [CLIENT]
               keys rotate ID [--overlap HOURS] [--expires DAYS]     a second key with the same rights; the old one ends after the overlap (24 h)
               keys revoke ID
        """;

    const int LongestClient = 100;
    const int DefaultOverlapHours = 24;

    static readonly string[] Options = ["--scopes", "--quota", "--expires", "--overlap"];

    public static async Task<int> Run(string[] args)
    {
        var words = args[1..].Where((a, i) => !Options.Contains(a) && (i == 0 || !Options.Contains(args[i])) && !a.StartsWith("--Riq:", StringComparison.Ordinal)).ToArray();
        if (PostgresSetting.Read(args, out var problem) is not { } postgres) return await HostProcess.Refuse([problem]);
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        try
        {
            return words switch
            {
                ["create", var client] => await Create(source, client, args),
                ["list"] => await List(source, null),
                ["list", var client] => await List(source, client),
                ["rotate", var id] => await Rotate(source, id, args),
                ["revoke", var id] => await ApiKeyStore.Revoke(source, id, By, CancellationToken.None) ? await Say($"Key {id} is revoked. Every API process knows within 2 s.") : await NoKey(id),
                _ => await HostProcess.Refuse([Usage]),
            };
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable) { return await HostProcess.Refuse(["The database has no table for keys yet: run migrate first."]); }
        catch (NpgsqlException e) { return await HostProcess.Refuse([$"The keys of {postgres.Database} at {postgres.Host}:{postgres.Port} could not be read or changed: {e.Message}"]); }
    }

    static string By => $"cli:{Environment.UserName}";

    static async Task<int> Create(NpgsqlDataSource source, string client, string[] args)
    {
        var problems = new List<string>();
        if (client.Length > LongestClient || client.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))) problems.Add($"CLIENT must have 1 to {LongestClient} characters without blanks.");
        var scopes = ScopeWords.Parse(Option(args, "--scopes") ?? "submit,read");
        if (scopes is null) problems.Add($"--scopes must be some of: {ScopeWords.All}, separated by commas.");
        var quota = Number(args, "--quota", 10_000_000, problems);
        var days = Number(args, "--expires", 3650, problems);
        if (problems.Count > 0) return await HostProcess.Refuse(problems);
        var key = NewApiKey.Make();
        await ApiKeyStore.Add(source, key, new(client, scopes!.Value, quota), Days(days), By, CancellationToken.None);
        return await Show(key, $"Key {key.Id} of {client} ({string.Join(", ", ScopeWords.Of(scopes.Value))}):");
    }

    static async Task<int> Rotate(NpgsqlDataSource source, string id, string[] args)
    {
        var problems = new List<string>();
        var hours = Number(args, "--overlap", 24 * 365, problems, least: 0) ?? DefaultOverlapHours;
        var days = Number(args, "--expires", 3650, problems);
        if (problems.Count > 0) return await HostProcess.Refuse(problems);
        var key = NewApiKey.Make();
        if (!await ApiKeyStore.Succeed(source, id, key, Days(days), TimeSpan.FromHours(hours), By, CancellationToken.None)) return await NoKey(id);
        return await Show(key, $"Key {key.Id} takes the place of {id}, which ends in {hours} h:");
    }

    static async Task<int> List(NpgsqlDataSource source, string? client)
    {
        var keys = await ApiKeyStore.List(source, client, CancellationToken.None);
        foreach (var k in keys)
            await Console.Out.WriteLineAsync(string.Join('\t', k.Id, k.Client, string.Join(',', k.Scopes), k.Quota is { } q ? $"{q}/min" : "-", $"made {Time(k.CreatedAt)} by {k.CreatedBy}",
                k.RevokedAt is { } r ? $"revoked {Time(r)}" : k.ExpiresAt is { } e ? $"{(k.Counts ? "until" : "ended")} {Time(e)}" : "for good"));
        return await Say(keys.Count == 0 ? "There are no keys." : $"{keys.Count(k => k.Counts)} of {keys.Count} count.");
    }

    static async Task<int> Show(NewApiKey key, string about)
    {
        await Say($"{about}\n{key.Text}");
        return await Say("It is shown this once. Every API process knows it within 2 s.");
    }

    static Task<int> NoKey(string id) => HostProcess.Refuse([$"There is no key {id} that counts; keys list shows them."]);

    static async Task<int> Say(string line)
    {
        await Console.Out.WriteLineAsync(line);
        return 0;
    }

    static string? Option(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

    static int? Number(string[] args, string name, int most, List<string> problems, int least = 1)
    {
        if (!args.Contains(name)) return null;
        if (int.TryParse(Option(args, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        problems.Add($"{name} must be a whole number from {least} to {most}.");
        return null;
    }

    static TimeSpan? Days(int? days) => days is { } d ? TimeSpan.FromDays(d) : null;

    static string Time(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
