using System.Security.Authentication;

namespace Riq.Engine;

/// <summary>Why something failed, in one line for a log: what was tried and, in the innermost words, what stood in the way.</summary>
static class Reasons
{
    const int MostWords = 4;

    public static string Of(Exception e)
    {
        var texts = new List<string>();
        var untrusted = false;
        for (var cause = e; cause is not null && texts.Count < MostWords; cause = cause is AggregateException { InnerExceptions: [var first, ..] } ? first : cause.InnerException)
        {
            untrusted |= cause is AuthenticationException;
            if (!texts.Exists(t => t.Contains(cause.Message, StringComparison.Ordinal))) texts.Add(cause.Message.TrimEnd('.'));
        }
        // The system's own words for it name neither what was looked for nor where.
        if (untrusted) texts.Add("is its certificate signed by an authority that this process trusts, and made out for the name in its address?");
        return string.Join(": ", texts).ReplaceLineEndings(" ");
    }
}
