using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TicketDesk;

// A service that talks to RIQ over the bus alone: it sends commands and listens for results. Settings: RabbitMq, Tickets, State (a folder).
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton(new Notebook(builder.Configuration["State"] ?? "."));
builder.Services.AddHostedService<Desk>();
builder.Services.AddMassTransit(x =>
{
    x.DisableUsageTelemetry();
    x.AddConsumer<Results>();
    x.UsingRabbitMq((context, bus) =>
    {
        bus.Host(new Uri(builder.Configuration["RabbitMq"] ?? "amqp://guest:guest@127.0.0.1:5672"));
        // A durable queue of its own: what ends while this service is down waits there.
        bus.ReceiveEndpoint("ticket-desk", endpoint => endpoint.ConfigureConsumer<Results>(context));
    });
});
await builder.Build().RunAsync();
