using System.Text;
using System.Text.Json.Nodes;
using Riq.Contracts;
using Riq.Engine.Submission;
using Scalar.AspNetCore;

namespace Riq.Api.Documentation;

/// <summary>OpenAPI 3.1 at <c>/openapi/v1.json</c>, browsable at <c>/docs</c>: the interface by hand, the operations from their declarations.</summary>
static class RiqDocumentation
{
    // RIQ runs where the internet may be out of reach, and nobody else needs to know who reads its documentation.
    const string OwnHost = "connect-src 'self' data: blob:; font-src 'self' data:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-src 'none'";

    public static void MapRiqDocumentation(this IEndpointRouteBuilder app)
    {
        var document = Encoding.UTF8.GetBytes(Build(app.ServiceProvider.GetRequiredService<OperationCatalog>()).ToJsonString(RiqJson.Options));
        app.MapGet("/openapi/v1.json", () => Microsoft.AspNetCore.Http.Results.Bytes(document, "application/json"));
        app.MapScalarApiReference("/docs", o => o.WithTitle("RIQ").WithOpenApiRoutePattern("/openapi/v1.json").DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools())
            .AddEndpointFilter(OwnHostOnly);
    }

    static ValueTask<object?> OwnHostOnly(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Headers.ContentSecurityPolicy = OwnHost;
        return next(context);
    }

    static JsonObject Build(OperationCatalog catalog)
    {
        using var template = typeof(RiqDocumentation).Assembly.GetManifestResourceStream("openapi.json")!;
        var document = JsonNode.Parse(template)!.AsObject();
        var schemas = document["components"]!["schemas"]!.AsObject();
        var submissions = schemas["Submission"]!["oneOf"]!.AsArray();
        foreach (var operation in catalog.Operations)
        {
            schemas.Add(operation.Name, SubmissionOf(operation));
            submissions.Add(new JsonObject { ["$ref"] = $"#/components/schemas/{operation.Name}" });
        }
        return document;
    }

    static JsonObject SubmissionOf(OperationDeclaration operation) => new()
    {
        ["description"] = $"{operation.Summary} ({(operation.IsWrite ? "write" : "read")}, at most {operation.Timeout.TotalSeconds:0} s per attempt)",
        ["allOf"] = new JsonArray(
            new JsonObject { ["$ref"] = "#/components/schemas/SubmissionFields" },
            new JsonObject
            {
                ["type"] = "object",
                ["required"] = new JsonArray("operation", "payload"),
                ["properties"] = new JsonObject
                {
                    ["operation"] = new JsonObject { ["enum"] = new JsonArray([.. operation.Aliases.Prepend(operation.Name).Select(n => (JsonNode)n)]) },
                    ["payload"] = operation.Payload.ToJsonSchema(),
                },
            }),
    };
}
