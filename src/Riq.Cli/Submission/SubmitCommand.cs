using System.CommandLine;
using System.Text.Json;
using Riq.Cli.CommandLine;
using Riq.Cli.Requests;
using Riq.Contracts;

namespace Riq.Cli.Submission;

/// <summary><c>riq-cli submit OPERATION PAYLOAD</c>, or <c>submit --file requests.jsonl</c>.</summary>
static class SubmitCommand
{
    public static Command Make()
    {
        var operation = new Argument<string?>("operation") { Description = "E.g. jira.create_task.", Arity = ArgumentArity.ZeroOrOne };
        var payload = new Argument<string?>("payload") { Description = "The operation's fields as a JSON object; - reads it from standard input.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<FileInfo?>("--file") { Description = "JSON lines, each a submission: {\"operation\": …, \"payload\": …}. Run again after an interruption, it goes on and submits nothing twice." };
        var run = new Option<string>("--run") { Description = "With --file: the name of the run. The same file under another name is submitted anew.", DefaultValueFactory = _ => "" };
        var wait = new Option<bool>("--wait") { Description = "Waits for the end." };
        var timeout = WaitCommand.TimeoutOption();
        var fields = new SubmitFields();
        var command = new Command("submit", "Hands over one operation, or a file of them.") { operation, payload, file, run, wait, timeout };
        fields.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(file) is null == result.GetValue(operation) is null) result.AddError("Give either an operation with its payload, or --file.");
        });
        command.Runs(async (session, parsed, cancellation) =>
        {
            var limit = parsed.GetValue(wait) ? WaitCommand.Limit(parsed, timeout) : (TimeSpan?)null;
            if (parsed.GetValue(file) is { } lines) return await new FileSubmission(session, fields.Read(parsed)).Run(lines, parsed.GetRequiredValue(run), limit, cancellation);
            var submission = fields.Read(parsed)(new() { Operation = parsed.GetValue(operation)!, Payload = await Payload(parsed.GetValue(payload), cancellation) });
            return await One(session, submission, limit, cancellation);
        });
        return command;
    }

    static async Task<int> One(Session session, SubmitRequest submission, TimeSpan? wait, CancellationToken cancellation)
    {
        var answer = await session.Gateway.Submit(submission, cancellation: cancellation);
        if (!answer.Ok) return session.Output.Refused(answer.Refusal);
        if (wait is { } limit && answer.Value.State is null) return await WaitCommand.One(session, answer.Value.Token, limit, cancellation);
        session.Output.Document(answer.Value);
        return ExitCodes.Done;
    }

    static async Task<JsonElement> Payload(string? text, CancellationToken cancellation)
    {
        if (text == "-") text = await Console.In.ReadToEndAsync(cancellation);
        if (string.IsNullOrWhiteSpace(text)) throw new CommandException("The payload is missing: give the operation's fields as a JSON object, or - to read them from standard input.", ExitCodes.Usage);
        try { return JsonSerializer.Deserialize<JsonElement>(text); }
        catch (JsonException e) { throw new CommandException($"The payload is not JSON: {e.Message}", ExitCodes.Usage); }
    }
}
