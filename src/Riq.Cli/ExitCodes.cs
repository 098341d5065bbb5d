using Riq.Contracts;

namespace Riq.Cli;

/// <summary>How the program ends, for scripts. docs/cli.md lists them.</summary>
static class ExitCodes
{
    public const int Done = 0;
    /// <summary>A request ended failed or dead.</summary>
    public const int Failed = 1;
    /// <summary>The command line, the file or the submission is wrong.</summary>
    public const int Usage = 2;
    /// <summary>There is no such request or service, or its state does not permit it.</summary>
    public const int NotPossible = 3;
    /// <summary>The API key is missing or may not do this.</summary>
    public const int NotAllowed = 4;
    /// <summary>RIQ does not answer, or is too busy.</summary>
    public const int Unavailable = 5;
    /// <summary>The time given was over before the end.</summary>
    public const int NotYet = 6;
    /// <summary>Ctrl+C.</summary>
    public const int Interrupted = 130;

    public static int Of(RefusalKind refusal) => refusal switch
    {
        RefusalKind.Invalid => Usage,
        RefusalKind.NotAllowed => NotAllowed,
        RefusalKind.NotFound or RefusalKind.Conflict => NotPossible,
        _ => Unavailable,
    };

    public static int Of(RequestState state) => state.Completed ? Done : state.Ended ? Failed : NotYet;
}
