using Microsoft.Extensions.Configuration;

namespace Riq.Adapters.Configuration;

/// <summary>Where a service is and how RIQ introduces itself there: section <c>Riq:Services:&lt;name&gt;</c>.</summary>
sealed class ConnectionOptions
{
    public static readonly string[] Services = [Jira.JiraAdapter.ServiceName, Confluence.ConfluenceAdapter.ServiceName];

    /// <summary>The site (<c>https://name.atlassian.net</c>) or the API gateway (<c>https://api.atlassian.com/ex/jira/{cloudId}</c>). Empty: the service is not used.</summary>
    public string BaseUrl { get; set; } = "";

    /// <summary>Where people open the site, for deep links. Default: <see cref="BaseUrl"/> unless that is the gateway.</summary>
    public string? SiteUrl { get; set; }

    public AuthOptions Auth { get; set; } = new();

    /// <summary>Jira only: the id of the site's story points field, e.g. <c>customfield_10016</c>.</summary>
    public string? StoryPointsField { get; set; }

    /// <summary>Jira only: the site's own names of RIQ's types, e.g. <c>subtask</c> = <c>Subtask</c>. Default: Epic, Story, Task, Sub-task, Bug.</summary>
    public Dictionary<string, string> TypeNames { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    public bool Used => BaseUrl.Length > 0;

    public static string SectionOf(string service) => $"Riq:Services:{service}";

    public static ConnectionOptions Of(IConfiguration configuration, string service) =>
        configuration.GetSection(SectionOf(service)).Get<ConnectionOptions>() ?? new();

    public Uri Address() => new(BaseUrl.TrimEnd('/'));

    public string? LinkBase() => SiteUrl ?? (IsGateway() ? null : BaseUrl);

    bool IsGateway() => Address().AbsolutePath.StartsWith("/ex/", StringComparison.Ordinal);

    public IEnumerable<string> Problems(string service)
    {
        var path = SectionOf(service);
        if (!Used)
        {
            if (Auth.Type != AuthOptions.None || Auth.Secret.Length > 0) yield return $"{path}:BaseUrl is missing although {path}:Auth is set: give the site's address, e.g. https://name.atlassian.net.";
            yield break;
        }
        foreach (var problem in AddressProblems(BaseUrl, $"{path}:BaseUrl")) yield return problem;
        if (SiteUrl is not null) foreach (var problem in AddressProblems(SiteUrl, $"{path}:SiteUrl")) yield return problem;
        foreach (var problem in Auth.Problems($"{path}:Auth")) yield return problem;
        if (StoryPointsField is { } field && !field.StartsWith("customfield_", StringComparison.Ordinal)) yield return $"{path}:StoryPointsField must be a field's id such as customfield_10016.";
        foreach (var (type, name) in TypeNames)
        {
            if (!Jira.JiraSite.Types.Contains(type, StringComparer.OrdinalIgnoreCase)) yield return $"{path}:TypeNames:{type} is not a type; the types are: {string.Join(", ", Jira.JiraSite.Types)}.";
            if (string.IsNullOrWhiteSpace(name)) yield return $"{path}:TypeNames:{type} must not be empty.";
        }
    }

    static IEnumerable<string> AddressProblems(string address, string path)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            yield return $"{path} must be an http or https address such as https://name.atlassian.net.";
        else if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            yield return $"{path} must be a plain address without user, query or fragment; the credential belongs in Auth.";
    }
}
