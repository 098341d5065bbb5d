namespace Riq.Contracts;

/// <summary>The payload field that names the entity which a write changes.</summary>
/// <param name="Name">The field's name, e.g. <c>task_id</c>. Case and blanks around it don't matter.</param>
public sealed record EntityField(string Name)
{
    /// <summary>
    /// Whether a number is another name of an entity that also has a key: results with <c>id</c> (the key) and
    /// <c>external_id</c> (the number) tell which. A number that no result has told is an entity of its own.
    /// </summary>
    public bool NumberIsAlias { get; init; }
}
