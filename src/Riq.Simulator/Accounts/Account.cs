using System.Text.Json.Nodes;

namespace Riq.Simulator.Accounts;

/// <summary>A person or app of the site. Cloud knows it by <paramref name="AccountId"/>, Data Center by <paramref name="Name"/>.</summary>
sealed record Account(string AccountId, string Name, string DisplayName, string Email)
{
    public static readonly Account Nobody = new("", "", "Nobody", "");

    public JsonObject ToJira(string origin, bool dataCenter)
    {
        var json = new JsonObject { ["self"] = dataCenter ? $"{origin}/rest/api/2/user?username={Name}" : $"{origin}/rest/api/3/user?accountId={AccountId}" };
        if (dataCenter) (json["name"], json["key"]) = (Name, Name);
        else (json["accountId"], json["accountType"]) = (AccountId, "atlassian");
        json["emailAddress"] = Email;
        json["displayName"] = DisplayName;
        json["active"] = true;
        json["timeZone"] = "Etc/UTC";
        json["avatarUrls"] = new JsonObject { ["48x48"] = $"{origin}/avatar/{Name}", ["24x24"] = $"{origin}/avatar/{Name}?s=24", ["16x16"] = $"{origin}/avatar/{Name}?s=16", ["32x32"] = $"{origin}/avatar/{Name}?s=32" };
        return json;
    }

    public JsonObject ToConfluence() => new()
    {
        ["type"] = "known", ["accountId"] = AccountId, ["accountType"] = "atlassian", ["email"] = Email, ["publicName"] = DisplayName, ["displayName"] = DisplayName,
    };
}
