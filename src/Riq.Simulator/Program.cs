namespace Riq.Simulator;

static class Program
{
    static async Task Main(string[] args)
    {
        await using var app = SimulatorHost.Build(args);
        await app.StartAsync();
        Console.WriteLine($"Atlassian simulator listening on {string.Join(", ", app.Urls)} (health: /__sim/health)");
        await app.WaitForShutdownAsync();
    }
}
