using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace Riq.Hosting;

/// <summary>The outermost frame of a process: what goes wrong at start is told to the person who started it, without a stack trace.</summary>
static class HostProcess
{
    const int Misconfigured = 78;   // EX_CONFIG of sysexits.h
    const int StopHung = 70;        // EX_SOFTWARE

    /// <summary>More than a graceful stop takes. A library that waits for something without a limit must not keep a process; what runs here bears a hard end.</summary>
    static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    public static Task<int> Run(Func<WebApplication> build) => Guarded(async () =>
    {
        await using var app = build();
        app.Lifetime.ApplicationStopping.Register(() => _ = EndAnyway());
        await app.RunAsync();
        return 0;
    });

    static async Task EndAnyway()
    {
        await Task.Delay(StopLimit, TimeProvider.System);
        await Console.Error.WriteLineAsync($"RIQ did not stop within {StopLimit.TotalSeconds:0} s and ends hard; what it was doing is taken over as after a crash.");
        Environment.Exit(StopHung);
    }

    /// <summary>Runs something that may meet settings that can't be used; the exit code.</summary>
    public static async Task<int> Guarded(Func<Task<int>> run)
    {
        try { return await run(); }
        catch (OptionsValidationException e) { return await Refuse(e.Failures); }
        catch (IOException e) { return await Refuse([e.Message]); }   // the address is in use
        catch (SocketException e) { return await Refuse([$"RIQ can't listen on its address (setting urls): {e.Message}"]); }
        // A setting's text is no number, time or word of its kind; the message names both.
        catch (InvalidOperationException e) when (e.InnerException is FormatException or ArgumentException) { return await Refuse([e.Message]); }
    }

    /// <summary>Throws one exception that names every problem, if there are any.</summary>
    public static void Check(string section, IReadOnlyList<string> problems)
    {
        if (problems.Count > 0) throw new OptionsValidationException(section, typeof(WebApplication), problems);
    }

    /// <summary>Runs every check and throws one exception that names what all of them found.</summary>
    public static void CheckAll(params IEnumerable<Action> checks)
    {
        var problems = new List<string>();
        foreach (var check in checks)
        {
            try { check(); }
            catch (OptionsValidationException e) { problems.AddRange(e.Failures); }
        }
        Check("Riq", problems);
    }

    public static async Task<int> Refuse(IEnumerable<string> problems)
    {
        foreach (var problem in problems) await Console.Error.WriteLineAsync(problem);
        return Misconfigured;
    }
}
