using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReleasePlanner;
using Riq.Adapters;
using Riq.Client;

// Plans a release in Jira and Confluence. Settings: Riq:Services:jira:BaseUrl … for the direct adapters, Riq:Client:Url for the queued ones.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddSingleton<Planner>();

// The one line that differs. Everything else is the same code.
if (builder.Configuration["Adapters"] == "direct") builder.Services.AddRiqAdapters(builder.Configuration);
else builder.Services.AddRiqClient(builder.Configuration);

using var host = builder.Build();
await host.StartAsync();   // checks the settings
try { return await host.Services.GetRequiredService<Planner>().Plan(builder.Configuration["Release"] ?? "1.0", Console.Out, CancellationToken.None) ? 0 : 1; }
finally { await host.StopAsync(); }
