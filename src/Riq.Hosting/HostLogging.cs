using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Riq.Engine.Outbox;
using Serilog;
using Serilog.Events;
using Serilog.Filters;
using Serilog.Formatting.Compact;

namespace Riq.Hosting;

/// <summary>
/// Logs to standard output: readable lines, or with <c>Riq:Logging:Json=true</c> one JSON object per line.
/// <c>Riq:Logging:Level</c> is the lowest level (default Information).
/// </summary>
static class HostLogging
{
    const string Line = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffZ} {Level:u3} {Message:lj}{NewLine}{Exception}";

    public static void AddRiqLogging(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration.GetSection("Riq:Logging");
        builder.Services.AddSerilog(log =>
        {
            log.MinimumLevel.Is(settings.GetValue("Level", LogEventLevel.Information))
                .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                // It writes nothing above Information; as long as it may, each call gets an activity and a scope for it, also where nobody traces.
                .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)
                .MinimumLevel.Override("MassTransit", LogEventLevel.Warning)
                .Filter.ByExcluding(TellsBrokerAwayAgain);
            if (settings.GetValue("Json", false)) log.WriteTo.Console(new CompactJsonFormatter());
            else log.WriteTo.Console(outputTemplate: Line, formatProvider: CultureInfo.InvariantCulture);
        });
    }

    static readonly Func<LogEvent, bool> IsOfMassTransit = Matching.FromSource("MassTransit");

    // For each consumer and with a stack trace; that RabbitMQ is away is said by RIQ itself, once and in words.
    static bool TellsBrokerAwayAgain(LogEvent line) => line.Exception is { } e && BrokerPublisher.IsOfConnection(e) && IsOfMassTransit(line);
}
