using System.Text.Json;
using Riq.Contracts;

namespace Riq.Client.Http;

/// <summary>Submits any number of operations in batches that RIQ takes: each is stored in one transaction, and may be sent again as it is.</summary>
sealed class BatchSubmission(ApiCalls calls, TimeSpan limit)
{
    const int MostItems = 500;
    const int MostBytes = 900 * 1024;   // RIQ takes 1 MiB; the frame and the commas need a little

    /// <summary>Answers in the order of the submissions, all of which have keys.</summary>
    public async Task<IReadOnlyList<QueueAnswer<SubmissionReceipt>>> Submit(IReadOnlyList<SubmitRequest> submissions, CancellationToken cancellation)
    {
        var answers = new List<QueueAnswer<SubmissionReceipt>>(submissions.Count);
        QueueRefusal? away = null;
        foreach (var batch in Split([.. submissions.Select(s => (s, JsonSerializer.SerializeToUtf8Bytes(s, RiqJson.Options)))]))
        {
            // RIQ was given its time by the batch before; the rest is not made to wait as long again.
            var sent = away is null ? await Send(batch, cancellation) : Refuse(batch, away);
            away = sent.All(a => a.Refusal?.Kind == RefusalKind.Unavailable) ? sent[0].Refusal : null;
            answers.AddRange(sent);
        }
        return answers;
    }

    async Task<IReadOnlyList<QueueAnswer<SubmissionReceipt>>> Send(IReadOnlyList<(SubmitRequest Submission, byte[] Json)> batch, CancellationToken cancellation)
    {
        var body = Body(batch);
        var answer = await calls.Send(_ => new(HttpMethod.Post, HttpQueueGateway.Path("submit/batch")) { Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } } },
            HttpQueueGateway.NotHeld, limit, cancellation);
        if (!answer.Ok) return Refuse(batch, answer.AsRefusal());
        var items = answer.Json.GetProperty("items").EnumerateArray().ToArray();
        return [.. batch.Select((b, i) => Answer(items[i], b.Submission))];
    }

    static QueueAnswer<SubmissionReceipt> Answer(JsonElement item, SubmitRequest submission) =>
        item.TryGetProperty("problem", out var problem)
            ? QueueAnswer<SubmissionReceipt>.Refused(ApiAnswer.OfProblem(problem, problem.GetProperty("status").GetInt32()) with { IdempotencyKey = submission.IdempotencyKey })
            : QueueAnswer<SubmissionReceipt>.Of(Receipts.Read(item, submission.Operation));

    static QueueAnswer<SubmissionReceipt>[] Refuse(IReadOnlyList<(SubmitRequest Submission, byte[])> batch, QueueRefusal refusal) =>
        [.. batch.Select(b => QueueAnswer<SubmissionReceipt>.Refused(refusal with { IdempotencyKey = b.Submission.IdempotencyKey }))];

    static byte[] Body(IReadOnlyList<(SubmitRequest, byte[] Json)> batch)
    {
        using var stream = new MemoryStream(batch.Sum(b => b.Json.Length + 1) + 16);
        stream.Write("{\"items\":["u8);
        for (var i = 0; i < batch.Count; i++)
        {
            if (i > 0) stream.WriteByte((byte)',');
            stream.Write(batch[i].Json);
        }
        stream.Write("]}"u8);
        return stream.ToArray();
    }

    // One that is too large for any batch goes alone, and RIQ says so.
    internal static IEnumerable<IReadOnlyList<(SubmitRequest Submission, byte[] Json)>> Split(IReadOnlyList<(SubmitRequest Submission, byte[] Json)> items)
    {
        for (var from = 0; from < items.Count;)
        {
            int to = from, bytes = 0;
            while (to < items.Count && to - from < MostItems && (to == from || bytes + items[to].Json.Length < MostBytes)) bytes += items[to++].Json.Length + 1;
            yield return [.. items.Skip(from).Take(to - from)];
            from = to;
        }
    }
}
