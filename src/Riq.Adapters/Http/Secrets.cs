using System.Net.Http.Headers;
using System.Text;

namespace Riq.Adapters.Http;

/// <summary>Takes what was sent as a credential out of texts that a service gave back.</summary>
sealed class Secrets
{
    // Shorter than this it is no secret worth the name, and replacing it would garble ordinary words.
    const int ShortestSecret = 4;

    readonly string[] _secrets;

    Secrets(IEnumerable<string?> secrets) => _secrets = [.. secrets.OfType<string>().Where(s => s.Length >= ShortestSecret).OrderByDescending(s => s.Length)];

    public static Secrets None { get; } = new([]);

    public static Secrets Of(AuthenticationHeaderValue? authorization) =>
        authorization is null ? None : new([authorization.Parameter, PasswordOf(authorization)]);

    public string Remove(string text) => _secrets.Aggregate(text, (rest, secret) => rest.Replace(secret, "***", StringComparison.Ordinal));

    static string? PasswordOf(AuthenticationHeaderValue authorization)
    {
        if (!"Basic".Equals(authorization.Scheme, StringComparison.OrdinalIgnoreCase) || authorization.Parameter is not { } parameter) return null;
        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length)) return null;
        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        return pair[(pair.IndexOf(':') + 1)..];
    }
}
