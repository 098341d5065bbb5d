using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace Riq.Hosting;

/// <summary>The outermost frame of a process: what goes wrong at start is told to the person who started it, without a stack trace.</summary>
static class HostProcess
{
    const int Misconfigured = 78;   // EX_CONFIG of sysexits.h

    public static async Task<int> Run(Func<WebApplication> build)
    {
        try
        {
            await using var app = build();
            await app.RunAsync();
            return 0;
        }
        catch (OptionsValidationException e) { return await Refuse(e.Failures); }
        catch (IOException e) { return await Refuse([e.Message]); }   // the address is in use
    }

    /// <summary>Throws one exception that names every problem, if there are any.</summary>
    public static void Check(string section, IReadOnlyList<string> problems)
    {
        if (problems.Count > 0) throw new OptionsValidationException(section, typeof(WebApplication), problems);
    }

    public static async Task<int> Refuse(IEnumerable<string> problems)
    {
        foreach (var problem in problems) await Console.Error.WriteLineAsync(problem);
        return Misconfigured;
    }
}
