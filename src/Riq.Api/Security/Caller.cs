using Riq.Engine.Security;

namespace Riq.Api.Security;

/// <summary>Who makes a call: the client, what it may do, and how many submissions a minute are its own.</summary>
sealed record Caller(string Client, Scopes Scopes, int? Quota)
{
    static readonly object Key = new();

    /// <summary>Everybody on this machine while there are no keys.</summary>
    public static Caller Local { get; } = new(ApiKeys.LocalClient, Scopes.Submit | Scopes.Read | Scopes.Operate, null);

    bool Operates => Scopes.HasFlag(Scopes.Operate);

    /// <summary>Whether one of the scopes is enough. Who operates may look.</summary>
    public bool May(Scopes anyOf) => anyOf == Scopes.None || (Scopes & anyOf) != 0 || Operates && anyOf.HasFlag(Scopes.Read);

    /// <summary>A client sees its own requests, an operator everybody's.</summary>
    public bool Sees(string client) => Operates || client == Client;

    /// <summary>Whose requests a list shows; null: everybody's.</summary>
    public string? OnlyClient => Operates ? null : Client;

    /// <summary>The caller of a call that has passed <see cref="Authentication"/>.</summary>
    public static Caller Of(HttpContext http) => (Caller)http.Items[Key]!;

    public void Enter(HttpContext http) => http.Items[Key] = this;
}
