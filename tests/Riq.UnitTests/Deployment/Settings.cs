using System.Text.RegularExpressions;
using Riq.UnitTests.Architecture;

namespace Riq.UnitTests.Deployment;

/// <summary>The settings that README's table documents, and files of infra as text.</summary>
static partial class Settings
{
    static readonly Regex[] Documented = [.. Rows().SelectMany(Names).Select(Pattern)];

    public static string File(string path) => System.IO.File.ReadAllText(Path.Combine(Solution.Root, path));

    /// <summary>Of the form <c>Riq__Name</c>, as environments have it.</summary>
    public static bool Exists(string variable) => Documented.Any(d => d.IsMatch(variable.Replace("__", ":", StringComparison.Ordinal)));

    static IEnumerable<string> Rows() => File("README.md").Split('\n').Where(l => l.StartsWith("| `Riq:", StringComparison.Ordinal)).Select(l => l.Split(" | ")[0]);

    // `:Name` stands for the same place as the name before it.
    static IEnumerable<string> Names(string row)
    {
        var first = "";
        foreach (var name in InCode().Matches(row).Select(m => m.Groups[1].Value))
        {
            if (first.Length == 0) first = name;
            yield return name.StartsWith(':') ? first[..first.LastIndexOf(':')] + name : name;
        }
    }

    static Regex Pattern(string name) => new($"^{Placeholder().Replace(Regex.Escape(name), "[^:]+")}$", RegexOptions.None, TimeSpan.FromSeconds(1));

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex InCode();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Placeholder();
}
