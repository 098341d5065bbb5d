namespace Riq.Adapters.Configuration;

/// <summary>The credential that RIQ shows a service: section <c>Riq:Services:&lt;name&gt;:Auth</c>.</summary>
sealed class AuthOptions
{
    public const string None = "none";
    public const string Basic = "basic";
    public const string Bearer = "bearer";

    const string ApiToken = "api_token";
    static readonly string[] OAuth = ["oauth2_refresh", "oauth2_client_credentials"];
    static readonly string[] Types = [None, ApiToken, Basic, Bearer, .. OAuth];

    string _type = None;

    /// <summary>
    /// <c>none</c> (a simulator), <c>api_token</c> or its older name <c>basic</c> (e-mail and API token), <c>bearer</c> (personal access
    /// token), or one of the OAuth types, whose tokens only a host with an engine can get. Default none.
    /// </summary>
    public string Type { get => _type; set => _type = value.Trim().ToLowerInvariant() is var t && t == ApiToken ? Basic : t; }

    /// <summary>For <c>basic</c>: the account's e-mail address.</summary>
    public string User { get; set; } = "";

    /// <summary>The API token or personal access token. Better given by environment than in a file.</summary>
    public string Secret { get; set; } = "";

    public IEnumerable<string> Problems(string path)
    {
        if (!Types.Contains(Type)) yield return $"{path}:Type must be one of: {string.Join(", ", Types)}.";
        if (Type == Basic && User.Length == 0) yield return $"{path}:User is missing: api_token needs the account's e-mail address.";
        if (Type == Basic && User.Contains(':')) yield return $"{path}:User must not contain a colon.";
        if (Type is Basic or Bearer && Secret.Length == 0) yield return $"{path}:Secret is missing: give the token (environment: {path.Replace(":", "__")}__Secret).";
        if (Type == None && Secret.Length > 0) yield return $"{path}:Secret is set but {path}:Type is none: set the type to api_token or bearer.";
        if (User.Any(char.IsControl) || Secret.Any(char.IsControl)) yield return $"{path}:User and {path}:Secret must not contain line breaks or other control characters.";
        if (Type == Bearer && Secret.Any(c => !char.IsAscii(c) || c == ' ')) yield return $"{path}:Secret must be ASCII without blanks: it is sent in a header.";
    }
}
