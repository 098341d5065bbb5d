using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Riq.Engine.Observability;

namespace Riq.Hosting;

/// <summary>Exports spans of submissions, attempts and outside calls, when an endpoint is configured.</summary>
static class Tracing
{
    public static void AddRiqTracing(this WebApplicationBuilder builder, string program)
    {
        var options = TracingOptions.Read(builder.Configuration);
        if (options.Endpoint is not { } endpoint) return;
        var worker = builder.Configuration["Riq:Worker"];
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService(program, serviceInstanceId: worker ?? $"{Environment.MachineName}-{Environment.ProcessId}", autoGenerateServiceInstanceId: false))
            .WithTracing(tracing => tracing
                .SetSampler(new ParentBasedSampler(new FollowingSampler(options.SampleRatio)))
                .AddSource(RequestTrace.SourceName)
                .AddAspNetCoreInstrumentation(o => o.Filter = IsOfClients)
                .AddHttpClientInstrumentation()
                .AddOtlpExporter(o => { o.Endpoint = endpoint; o.Protocol = OtlpExportProtocol.HttpProtobuf; }));
    }

    // Neither probes nor scrapes.
    static bool IsOfClients(HttpContext http) => http.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal);

    /// <summary>A span without parent that is linked to another is recorded when that one was; all others by the ratio.</summary>
    sealed class FollowingSampler(double ratio) : Sampler
    {
        readonly TraceIdRatioBasedSampler _byRatio = new(ratio);

        public override SamplingResult ShouldSample(in SamplingParameters parameters)
        {
            foreach (var link in parameters.Links ?? [])
                return new((link.Context.TraceFlags & System.Diagnostics.ActivityTraceFlags.Recorded) != 0);
            return _byRatio.ShouldSample(parameters);
        }
    }
}
