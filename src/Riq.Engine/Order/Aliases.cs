using Npgsql;
using Riq.Contracts;
using Riq.Engine.Storage;

namespace Riq.Engine.Order;

/// <summary>Finds the lanes of entities, numbers among their names mapped to keys by the results that RIQ has seen.</summary>
static class Aliases
{
    const string KeysSql = """
        select distinct on (t.service, t.number) t.service, t.number, r.result->>'id'
        from unnest($1::text[], $2::text[]) as t(service, number) join queue_requests r on r.service = t.service and r.external_id = t.number
        where r.status = 'completed' order by t.service, t.number, r.id desc
        """;

    /// <summary>The lane of each entity, in order.</summary>
    public static async Task<string[]> Lanes(IReadOnlyList<(OperationDeclaration Operation, string Name)> entities, NpgsqlConnection connection)
    {
        var numbers = entities.Where(e => Entities.AliasOf(e.Operation, e.Name) is not null).Select(e => (e.Operation.Service, Number: Entities.AliasOf(e.Operation, e.Name)!)).Distinct().ToArray();
        var keys = numbers.Length == 0 ? [] : (await new NpgsqlCommand(KeysSql, connection).With(Array.ConvertAll(numbers, n => n.Service)).With(Array.ConvertAll(numbers, n => n.Number))
            .List(r => (Number: (r.GetString(0), r.GetString(1)), Key: r.Text(2)))).Where(k => k.Key is not null).ToDictionary(k => k.Number, k => k.Key!);
        return [.. entities.Select(e => Entities.LaneOf(e.Operation.Service, Entities.AliasOf(e.Operation, e.Name) is { } n ? keys.GetValueOrDefault((e.Operation.Service, n), e.Name) : e.Name))];
    }
}
