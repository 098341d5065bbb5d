using Riq.Cli.CommandLine;
using Riq.Cli.Requests;
using Riq.Contracts;

namespace Riq.Cli.Submission;

/// <summary>Submits a file, batch by batch. It may be killed at any moment and run again.</summary>
sealed class FileSubmission(Session session, Func<SubmitRequest, SubmitRequest> complete)
{
    const int BatchSize = 500;
    static readonly TimeSpan QueueFullPause = TimeSpan.FromSeconds(5);

    readonly List<string> _tokens = [];
    int _refused;

    public async Task<int> Run(FileInfo file, string run, TimeSpan? wait, CancellationToken cancellation)
    {
        var (lines, problems) = Read(file, run);
        if (problems.Count > 0) return session.Output.Trouble($"{file.Name} was not submitted:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}", ExitCodes.Usage);

        var away = ExitCodes.Done;
        await session.Output.Progress($"Submitting {lines.Count:N0} lines", lines.Count, async done =>
        {
            foreach (var batch in lines.Chunk(BatchSize))
                if ((away = await Submit(batch, done, cancellation)) != ExitCodes.Done) return;
        });
        if (away != ExitCodes.Done) return session.Output.Trouble($"{_tokens.Count:N0} of {lines.Count:N0} lines were accepted so far. Run the same command again to go on.", away);

        session.Output.Say($"{lines.Count:N0} lines: {_tokens.Count:N0} accepted, {_refused:N0} refused.");
        var code = _refused > 0 ? ExitCodes.Usage : ExitCodes.Done;
        return wait is { } limit ? Math.Max(code, await WaitCommand.Many(session, _tokens, limit, cancellation)) : code;
    }

    static (IReadOnlyList<SubmissionLine>, IReadOnlyList<string>) Read(FileInfo file, string run)
    {
        try { return SubmissionFile.Read(File.ReadLines(file.FullName), run); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new CommandException(e.Message, ExitCodes.Usage); }
    }

    // Lines that met a full queue are sent again until they are taken: a file may be larger than the queue.
    async Task<int> Submit(IReadOnlyList<SubmissionLine> batch, Action<double> done, CancellationToken cancellation)
    {
        while (batch.Count > 0)
        {
            var answers = await session.Gateway.SubmitMany([.. batch.Select(l => complete(l.Submission))], cancellation);
            var busy = batch.Where((_, i) => answers[i].Refusal?.Kind == RefusalKind.Busy).ToArray();
            for (var i = 0; i < batch.Count; i++)
                if (answers[i].Refusal is { Kind: RefusalKind.Unavailable or RefusalKind.NotAllowed } refusal) return session.Output.Refused(refusal);
                else if (answers[i].Refusal?.Kind != RefusalKind.Busy) Tell(batch[i], answers[i]);
            done(batch.Count - busy.Length);
            batch = busy;
            if (busy.Length > 0) await Task.Delay(QueueFullPause, TimeProvider.System, cancellation);
        }
        return ExitCodes.Done;
    }

    void Tell(SubmissionLine line, QueueAnswer<SubmissionReceipt> answer)
    {
        if (answer.Ok)
        {
            _tokens.Add(answer.Value.Token);
            if (session.Output.IsJson) session.Output.Line(new { line = line.Number, answer.Value.Token, answer.Value.Status }, "");
            return;
        }
        _refused++;
        if (session.Output.IsJson) session.Output.Line(new { line = line.Number, answer.Refusal }, "");
        else session.Output.Trouble($"line {line.Number}: {answer.Refusal}", ExitCodes.Usage);
    }
}
