using System.Globalization;

namespace Riq.Engine.Timeline;

/// <summary>
/// The place of a change among all: by transaction, then by request and version. Transactions become visible in another order than they began;
/// reading only what is older than every running one makes this order complete. Written as <c>xid-request-version</c>.
/// </summary>
readonly record struct ChangePosition(ulong Xid, Guid RequestId, long Version) : IComparable<ChangePosition>
{
    /// <summary>Before every change of the transaction and those after it.</summary>
    public static ChangePosition Before(ulong xid) => new(xid, Guid.Empty, -1);

    public int CompareTo(ChangePosition other) => (Xid, RequestId, Version).CompareTo((other.Xid, other.RequestId, other.Version));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Xid}-{RequestId:N}-{Version}");

    public static bool TryParse(string? text, out ChangePosition position)
    {
        position = default;
        if (text is not { Length: <= 100 } || text.Split('-') is not [var xid, var request, var version]) return false;
        if (!ulong.TryParse(xid, NumberStyles.None, CultureInfo.InvariantCulture, out var x) || !Guid.TryParseExact(request, "N", out var r)) return false;
        if (!long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var v)) return false;
        position = new(x, r, v);
        return true;
    }
}
