namespace Riq.Simulator.Accounts;

/// <summary>The seeded people of the site. Credentials that name none of them act as the first, unless tokens are enforced.</summary>
static class AccountDirectory
{
    public static readonly IReadOnlyList<Account> All =
    [
        new("5b10a2844c20165700ede21a", "riq", "RIQ Integration", "riq@example.com"),
        new("5b10a2844c20165700ede21b", "alice", "Alice Archer", "alice@example.com"),
        new("5b10a2844c20165700ede21c", "bob", "Bob Baker", "bob@example.com"),
        new("5b10a2844c20165700ede21d", "carol", "Carol Carter", "carol@example.com"),
    ];

    public static Account Integration => All[0];

    /// <summary>By account id, name, email or display name.</summary>
    public static Account? Find(string? who) => who is null ? null : All.FirstOrDefault(a =>
        a.AccountId == who || a.Name.Equals(who, StringComparison.OrdinalIgnoreCase)
        || a.Email.Equals(who, StringComparison.OrdinalIgnoreCase) || a.DisplayName.Equals(who, StringComparison.OrdinalIgnoreCase));
}
