using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace PatchFlow.Server.Api;

/// <summary>The OpenAPI document, made of the same marks that the pipeline enforces, so that it can't say anything else.</summary>
internal static class ApiDocument
{
    private const string Scheme = "token";

    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "PatchFlow", Version = "v1", Description = "Security patches from the vendor's feed to every host: tested, approved, proven." };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API token." },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var marks = context.Description.ActionDescriptor.EndpointMetadata;
            AddPermission(operation, context, marks.OfType<PermissionMark>().SingleOrDefault());
            AddQuery(operation, marks.OfType<IQueryMark>().SingleOrDefault());
            AddHeaders(operation, context.Description.HttpMethod, marks);
            return Task.CompletedTask;
        });
    });

    private static void AddPermission(OpenApiOperation operation, OpenApiOperationTransformerContext context, PermissionMark? mark)
    {
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions["x-permission"] = new JsonNodeExtension(mark is null ? JsonValue.Create("anybody") : Camel(mark.Permission));
        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse { Description = "Refused: problem details (RFC 9457) whose detail says what to do." };
        if (mark is not null)
        {
            operation.Extensions["x-roles"] = new JsonNodeExtension(new JsonArray([.. mark.Permission.Roles().Select(r => (JsonNode)Camel(r))]));
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [] }];
        }
    }

    private static void AddQuery(OpenApiOperation operation, IQueryMark? mark)
    {
        if (mark is null)
        {
            return;
        }

        operation.Parameters ??= [];
        foreach (var filter in mark.Filters)
        {
            Add(operation, ParameterLocation.Query, filter.Name, filter.About, Schema(filter.Type));
        }

        Add(operation, ParameterLocation.Query, "limit", $"at most so many items; {ApiLimits.DefaultItems} where it is left out",
            new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = $"{ApiLimits.MostItems}" });
        Add(operation, ParameterLocation.Query, "cursor", "'next' of the part before", new OpenApiSchema { Type = JsonSchemaType.String });
        Add(operation, ParameterLocation.Query, "sort", $"a field; the first is the default, '-' in front turns it around",
            new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. mark.Sorts.SelectMany(s => new[] { s, s.StartsWith('-') ? s[1..] : $"-{s}" }).Select(s => (JsonNode)s)] });
    }

    private static void AddHeaders(OpenApiOperation operation, string? method, IList<object> marks)
    {
        operation.Parameters ??= [];
        var text = new OpenApiSchema { Type = JsonSchemaType.String };
        if (method == "GET")
        {
            Add(operation, ParameterLocation.Header, "If-None-Match", "the ETag of what one has: 304 where it is still that", text);
        }
        else if (marks.OfType<PermissionMark>().Any())
        {
            Add(operation, ParameterLocation.Header, "Idempotency-Key", "the same key and body get the same answer for 24 hours; another body 409", text);
        }

        if (method == "PATCH" || marks.OfType<IfMatchMark>().Any())
        {
            Add(operation, ParameterLocation.Header, "If-Match", "the ETag of what one saw: 412 where it is not that any more", text);
        }
    }

    private static void Add(OpenApiOperation operation, ParameterLocation where, string name, string about, OpenApiSchema schema) =>
        operation.Parameters!.Add(new OpenApiParameter { In = where, Name = name, Description = about, Schema = schema });

    private static OpenApiSchema Schema(Type type) =>
        type.IsEnum ? new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Enum.GetValues(type).Cast<Enum>().Select(v => (JsonNode)Camel(v))] }
        : type == typeof(int) ? new OpenApiSchema { Type = JsonSchemaType.Integer }
        : type == typeof(bool) ? new OpenApiSchema { Type = JsonSchemaType.Boolean }
        : type == typeof(DateTimeOffset) ? new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" }
        : new OpenApiSchema { Type = JsonSchemaType.String };

    private static JsonValue Camel(Enum value) => JsonValue.Create(System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString()));
}

/// <summary>Marks an endpoint that takes <c>If-Match</c> beside those that do anyway.</summary>
internal sealed record IfMatchMark;
