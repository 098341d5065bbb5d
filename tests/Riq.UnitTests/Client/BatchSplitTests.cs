using FsCheck.Xunit;
using Riq.Client.Http;
using Riq.Contracts;

namespace Riq.UnitTests.Client;

public class BatchSplitTests
{
    const int MostItems = 500, MostBytes = 1024 * 1024;

    [Property]
    public bool Every_item_is_sent_once_in_order_and_no_batch_is_too_large(ushort count, int[] sizes)
    {
        var items = Enumerable.Range(0, count % 2_000).Select(i => (Submission(i), new byte[sizes.Length == 0 ? 200 : Math.Abs(sizes[i % sizes.Length] % 300_000)])).ToArray();
        var batches = BatchSubmission.Split(items).ToArray();
        return batches.SelectMany(b => b).Select(b => b.Submission.Operation).SequenceEqual(items.Select(i => i.Item1.Operation))
            && batches.All(b => b.Count is > 0 and <= MostItems && (b.Count == 1 || b.Sum(i => i.Json.Length + 1) + 20 <= MostBytes));
    }

    static SubmitRequest Submission(int i) => new() { Operation = $"fake.{i}", Payload = default };
}
