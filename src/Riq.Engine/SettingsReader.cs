using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Riq.Engine;

/// <summary>Binds settings and names every value that can't be read, where the binder stops at the first or says nothing.</summary>
static partial class SettingsReader
{
    /// <summary>The section's settings; what could not be read has its default and is named in <paramref name="problems"/>.</summary>
    public static T Read<T>(IConfiguration configuration, string section, List<string> problems) where T : new()
    {
        var values = configuration.AsEnumerable().ToDictionary(StringComparer.OrdinalIgnoreCase);
        while (true)
        {
            var readable = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
            try { return readable.GetSection(section).Get<T>() ?? new(); }
            catch (InvalidOperationException e) when (Path().Match(e.Message) is { Success: true } path && values.Remove(path.Groups[1].Value))
            {
                problems.Add($"{path.Groups[1].Value} can't be read: {e.InnerException?.Message ?? e.Message}");
            }
        }
    }

    // The binder's message: Failed to convert configuration value 'soon' at 'Riq:LeaseMargin' to type 'System.TimeSpan'.
    [GeneratedRegex("at '([^']+)'")]
    private static partial Regex Path();
}
