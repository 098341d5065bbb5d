using System.Text.Encodings.Web;
using System.Text.Json;
using Riq.Bench.Measure;
using Riq.Bench.Targets;

namespace Riq.Bench.Report;

/// <summary>All figures of a run: printed when a target's yardsticks are known, and written as JSON at the end.</summary>
sealed class RunReport(string? folder)
{
    static readonly JsonSerializerOptions Pretty = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly List<Figure> _figures = [];
    readonly List<Yardstick> _yardsticks = [];

    public IReadOnlyList<Figure> Figures => _figures;

    public void Add(Yardstick yardstick)
    {
        _yardsticks.Add(yardstick);
        Console.WriteLine($"  yardstick: C = {yardstick.C:N0} commits of two rows a second (pgbench, 16 clients); RabbitMQ alone {yardstick.RabbitMq:N0} messages a second");
    }

    /// <summary>What was measured just now, to standard error: of a long target the report comes late.</summary>
    public static void Tell(Measured measured) => Console.Error.WriteLine($"  … {measured.What}: {measured.Value:N1} {measured.Unit}");

    public void Begin(string target) => Console.WriteLine($"{target}");

    public void Add(Figure figure)
    {
        _figures.Add(figure);
        var value = $"{figure.Value.ToString(figure.Value >= 1000 ? "N0" : figure.Value >= 10 ? "0.0" : "0.00")} {figure.Unit}";
        Console.WriteLine($"  {figure.What,-66} {value,18}{(figure.OfC is { } part ? $"  {part:0.00} C" : "        ")}{(figure.Goal is { } goal ? $"   goal {goal}" : "")}");
    }

    public async Task Write()
    {
        if (folder is null) return;
        Directory.CreateDirectory(folder);
        await using var file = File.Create(Path.Combine(folder, "bench.json"));
        await JsonSerializer.SerializeAsync(file, new
        {
            taken_at = TimeProvider.System.GetUtcNow(), processors = Environment.ProcessorCount, memory_gb = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1_000_000_000,
            runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription, yardsticks = _yardsticks, figures = _figures,
        }, Pretty);
        Console.WriteLine($"written to {Path.GetFullPath(folder)}");
    }
}
