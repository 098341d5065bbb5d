using Microsoft.Extensions.Configuration;

namespace Riq.Hosting;

/// <summary>Where traces go: section <c>Riq:Tracing</c>.</summary>
/// <param name="Endpoint">OTLP over HTTP, e.g. <c>http://127.0.0.1:4318</c>; null: no traces.</param>
/// <param name="SampleRatio">The part of the submissions that is traced unless their callers have decided, 0 to 1. Default 0.01.</param>
sealed record TracingOptions(Uri? Endpoint, double SampleRatio)
{
    public const string Section = "Riq:Tracing";
    const double DefaultRatio = 0.01;

    public static TracingOptions Read(IConfiguration configuration)
    {
        var problems = new List<string>();
        var settings = configuration.GetSection(Section);
        var options = new TracingOptions(ReadEndpoint(settings["Endpoint"], problems), ReadRatio(settings["SampleRatio"], problems));
        HostProcess.Check(Section, problems);
        return options;
    }

    static Uri? ReadEndpoint(string? text, List<string> problems)
    {
        if (string.IsNullOrEmpty(text)) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https") return uri.AbsolutePath == "/" ? new(uri, "/v1/traces") : uri;
        problems.Add($"{Section}:Endpoint must be the HTTP address of an OTLP receiver, e.g. http://127.0.0.1:4318.");
        return null;
    }

    static double ReadRatio(string? text, List<string> problems)
    {
        if (string.IsNullOrEmpty(text)) return DefaultRatio;
        if (double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1) return ratio;
        problems.Add($"{Section}:SampleRatio must be a number from 0 to 1.");
        return DefaultRatio;
    }
}
