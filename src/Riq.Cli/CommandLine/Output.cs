using System.Text.Json;
using Riq.Contracts;
using Spectre.Console;

namespace Riq.Cli.CommandLine;

/// <summary>Results go to standard output, as JSON or for people; progress and trouble go to standard error.</summary>
sealed class Output(bool json)
{
    static readonly JsonSerializerOptions Indented = new(RiqJson.Options) { WriteIndented = true };

    readonly IAnsiConsole _out = AnsiConsole.Console;
    readonly IAnsiConsole _error = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error) });

    public bool IsJson => json;

    /// <summary>The whole answer: as it is, or indented for people.</summary>
    public void Document<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, json ? RiqJson.Options : Indented));

    /// <summary>One of many.</summary>
    public void Line<T>(T value, string forPeople)
    {
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(value, RiqJson.Options));
        else Console.Out.WriteLine(forPeople);
    }

    /// <summary>For people only.</summary>
    public void Say(string text)
    {
        if (!json) Console.Out.WriteLine(text);
    }

    /// <summary>A table where somebody looks at it; else one row a line, separated by tabs.</summary>
    public void Table(string[] columns, IEnumerable<string?[]> rows)
    {
        if (Console.IsOutputRedirected)
        {
            foreach (var row in rows) Console.Out.WriteLine(string.Join('\t', row));
            return;
        }
        var table = new Table().RoundedBorder();
        foreach (var column in columns) table.AddColumn(column == columns[0] ? new TableColumn(column).NoWrap() : new TableColumn(column));
        foreach (var row in rows) table.AddRow([.. row.Select(cell => new Text(cell ?? ""))]);
        _out.Write(table);
    }

    /// <summary>How it goes, where it does not disturb the results.</summary>
    public void Note(string text) => Console.Error.WriteLine($"riq-cli: {text}");

    /// <summary>Says what is wrong and gives back the exit code.</summary>
    public int Trouble(string text, int exitCode)
    {
        Console.Error.WriteLine($"riq-cli: {text}");
        return exitCode;
    }

    public int Refused(QueueRefusal refusal) => Trouble(refusal.ToString(), ExitCodes.Of(refusal.Kind));

    /// <summary>Shows a bar while the work goes on, where somebody can see it. The work reports how much more is done.</summary>
    public Task Progress(string title, double total, Func<Action<double>, Task> work) =>
        json || Console.IsErrorRedirected ? work(_ => { })
        : _error.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: Math.Max(total, 1));
                return work(task.Increment);
            });

    /// <summary>The same for work whose length nobody knows.</summary>
    public Task<T> Spinner<T>(string title, Func<Action<string>, Task<T>> work) =>
        json || Console.IsErrorRedirected ? work(_ => { })
        : _error.Status().StartAsync(Markup.Escape(title), context => work(text => context.Status(Markup.Escape(text))));
}
