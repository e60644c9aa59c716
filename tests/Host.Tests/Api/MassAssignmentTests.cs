using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>
/// Sends to every route with a body all fields that any record of the API has and this body does not, ids, owners and
/// hashes among them. The request is refused, and the Broker gets no input. The routes come from the document, so a new
/// route is tested too.
/// </summary>
[Parallelizable]
public sealed class MassAssignmentTests
{
    private const string Strange = "zz-assigned-by-a-stranger";

    // Fields that only the Broker sets, in the words of its store.
    private static readonly string[] Inner =
    [
        "secretHash",
        "passwordHash",
        "normalizedName",
        "failedSignIns",
        "account",
        "generation",
        "publicKey",
        "mustChange",
        "spec",
        "state",
        "fencingToken",
        "securityStamp",
        "isAdmin",
        "$type",
        "__proto__",
    ];

    // Bodies for routes without an example in the document. {key} and the like are made by the test.
    private static readonly Dictionary<string, string> Bodies = new(StringComparer.Ordinal)
    {
        ["login"] = $$"""{"userName":"ana","password":"{{ApiHost.Password}}"}""",
        ["refresh"] = """{"refreshToken":"no such token"}""",
        ["changePassword"] =
            $$"""{"currentPassword":"{{ApiHost.Password}}","newPassword":"quite another set of words"}""",
        ["beginTotp"] = $$"""{"password":"{{ApiHost.Password}}"}""",
        ["confirmTotp"] = """{"code":"000000"}""",
        ["removeTotp"] = $$"""{"password":"{{ApiHost.Password}}"}""",
        ["newRecoveryCodes"] = $$"""{"password":"{{ApiHost.Password}}"}""",
        ["createUser"] =
            """{"userName":"ben","password":"a password that ben was told","roles":[{"role":"viewer","namespace":"default"}]}""",
        ["patchUser"] = """{"disabled":false}""",
        ["resetPassword"] = """{"password":"a password that ana was told"}""",
        ["allowCurveKey"] = """{"publicKey":"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7","name":"office-7"}""",
        ["createRole"] = """{"name":"reporter","rules":[{"permissions":["jobs:read"]}]}""",
        ["putRole"] = """{"name":"reporter","rules":[{"permissions":["jobs:read"]}]}""",
        ["createNamespace"] = """{"name":"shop"}""",
        ["patchNamespace"] = """{"limits":{"waitingJobs":5}}""",
        ["changeKey"] = """{"methods":["reports.*"]}""",
        ["rotateKey"] = """{"overlap":"PT1H"}""",
        ["pauseSchedule"] = """{"note":"a","resumeAt":"2026-11-01T00:00:00Z"}""",
        ["triggerSchedule"] = """{"params":{"month":"2026-10"}}""",
        ["replayJob"] = """{"params":{"month":"2026-10"}}""",
        ["cancelJob"] = """{"grace":"PT10S"}""",
    };

    private static JsonElement Document { get; set; }

    private static async Task<IEnumerable<TestCaseData>> OperationsAsync()
    {
        await using var host = await ApiHost.StartAsync();
        Document = JsonSerializer.Deserialize<JsonElement>(await host.Admin.GetStringAsync("/openapi/v1.json"));
        return [.. Operations()];
    }

    private static IEnumerable<TestCaseData> Operations() =>
        from path in Document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        where
            operation.Value.TryGetProperty("requestBody", out _)
            || operation.Value.GetProperty("responses").TryGetProperty("415", out _)
        select new TestCaseData(operation.Name.ToUpperInvariant(), path.Name, operation.Value).SetArgDisplayNames(
            IdOf(operation.Value)
        );

    [TestCaseSource(nameof(OperationsAsync))]
    public async Task Fields_that_are_not_of_the_body_are_refused_and_have_no_effect(
        string verb,
        string path,
        JsonElement operation
    )
    {
        var id = IdOf(operation);
        var body = BodyOf(operation);
        Assert.That(body, Is.Not.Null, $"{id} needs a body here.");
        var spiked = JsonNode.Parse(body!)!.AsObject();
        body = spiked.ToJsonString();
        foreach (var (name, value) in FieldsOfOthers(operation))
        {
            spiked.TryAdd(name, value);
        }

        Assert.That(spiked, Has.Count.GreaterThan(50));
        var (plain, withMore) = (await SendAsync(verb, path, body), await SendAsync(verb, path, spiked.ToJsonString()));
        Assert.That(plain.Status, Is.LessThan(500));
        Assert.That(plain.Answer, Does.Not.Contain("no such field"));
        Assert.That(withMore.Status, Is.EqualTo(400), withMore.Answer);
        Assert.That(withMore.Answer, Does.Contain("There is no such field here").And.Not.Contain(Strange));
        Assert.That(withMore.Told, Is.Empty);
    }

    [Test]
    public async Task A_field_of_the_body_is_seen_where_it_matters()
    {
        var (_, without, _) = await SendAsync("POST", "/api/namespaces/{ns}/jobs", """{"method":"a"}""");
        var (_, with, _) = await SendAsync(
            "POST",
            "/api/namespaces/{ns}/jobs",
            $$"""{"method":"a","tags":["{{Strange}}"]}"""
        );
        Assert.That(with.Except(without).Where(word => word.Contains(Strange, StringComparison.Ordinal)), Is.Not.Empty);
    }

    private static string IdOf(JsonElement operation) => operation.GetProperty("operationId").GetString()!;

    private static string? BodyOf(JsonElement operation) =>
        Bodies.GetValueOrDefault(IdOf(operation))
        ?? (
            Content(operation) is { } content && content.TryGetProperty("example", out var example)
                ? example.GetRawText()
                : null
        );

    private static JsonElement? Content(JsonElement operation) =>
        operation.TryGetProperty("requestBody", out var body)
            ? body.GetProperty("content").GetProperty("application/json")
            : null;

    // Every property of every record, with a value of its type, except the properties of this body.
    private static IEnumerable<(string Name, JsonNode? Value)> FieldsOfOthers(JsonElement operation)
    {
        var own = Content(operation) is { } content
            ? PropertiesOf(content.GetProperty("schema"))
                .Select(property => property.Name)
                .ToHashSet(StringComparer.OrdinalIgnoreCase)
            : [];
        own.UnionWith(JsonNode.Parse(BodyOf(operation)!)!.AsObject().Select(property => property.Key));
        return Document
            .GetProperty("components")
            .GetProperty("schemas")
            .EnumerateObject()
            .SelectMany(schema => PropertiesOf(schema.Value))
            .Where(property => !own.Contains(property.Name))
            .DistinctBy(property => property.Name)
            .Select(property => (property.Name, ValueOf(property.Value)))
            .Concat(Inner.Select(name => (name, (JsonNode?)JsonValue.Create(Strange))));
    }

    private static IEnumerable<JsonProperty> PropertiesOf(JsonElement schema)
    {
        var resolved = Resolve(schema);
        return resolved.TryGetProperty("properties", out var properties) ? properties.EnumerateObject() : [];
    }

    private static JsonElement Resolve(JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            return Document
                .GetProperty("components")
                .GetProperty("schemas")
                .GetProperty(reference.GetString()!.Split('/')[^1]);
        }

        return schema.TryGetProperty("oneOf", out var either) ? Resolve(either.EnumerateArray().Last()) : schema;
    }

    private static JsonNode? ValueOf(JsonElement schema)
    {
        var resolved = Resolve(schema);
        var type = resolved.TryGetProperty("type", out var given) ? given.GetRawText() : "";
        return type switch
        {
            _ when type.Contains("boolean", StringComparison.Ordinal) => JsonValue.Create(true),
            _ when type.Contains("integer", StringComparison.Ordinal)
                    || type.Contains("number", StringComparison.Ordinal) => JsonValue.Create(7),
            _ when type.Contains("array", StringComparison.Ordinal) => new JsonArray(Strange),
            _ when type.Contains("object", StringComparison.Ordinal) => new JsonObject { ["name"] = Strange },
            _ => JsonValue.Create(Strange),
        };
    }

    private static async Task<(int Status, List<string> Told, string Answer)> SendAsync(
        string verb,
        string path,
        string body
    )
    {
        await using var host = await ApiHost.StartAsync();
        var ana = host.AddUser("ana", new RoleGrant(Roles.Admin, Authority.Everywhere));
        using var client = host.ClientOf(ana);
        var key = host.AddKey(null, "default", KeyKind.Handler);
        host.AddRoleNamed("reporter");
        using var job = await client.PostTextAsync(ApiHost.Jobs, """{"method":"a"}""");
        using var schedule = await client.PostTextAsync(
            ApiHost.Schedules,
            """{"name":"nightly","trigger":{"kind":"interval","every":"PT15M"},"job":{"method":"a"}}"""
        );
        host.Broker.Inputs.Clear();
        using var request = new HttpRequestMessage(
            new HttpMethod(verb),
            path.Replace("{ns}", "default", StringComparison.Ordinal)
                .Replace("{name}", "nightly", StringComparison.Ordinal)
                .Replace("{method}", "reports.render", StringComparison.Ordinal)
                .Replace("{rule}", "failures", StringComparison.Ordinal)
                .Replace("{channel}", "ops", StringComparison.Ordinal)
                .Replace("{user}", "ana", StringComparison.Ordinal)
                .Replace("{role}", "reporter", StringComparison.Ordinal)
                .Replace(
                    "{id}",
                    path.Contains("/jobs/", StringComparison.Ordinal)
                        ? (await job.BodyAsync()).GetProperty("id").GetString()
                        : key.Id,
                    StringComparison.Ordinal
                )
        )
        {
            Content = HttpWords.Json(body),
        };
        using var answer = await client.SendAsync(request);
        var told = new List<string>();
        foreach (var (i, input) in host.Broker.Inputs.Index())
        {
            Walk($"{i} {input.GetType().Name}", input, told, 0);
        }

        return ((int)answer.StatusCode, told, await answer.Content.ReadAsStringAsync());
    }

    // Collects all values of an input as texts.
    private static void Walk(string at, object? value, List<string> told, int depth)
    {
        switch (value)
        {
            case null or string or RawJson or IFormattable or bool or Type:
                told.Add($"{at} = {value}");
                break;
            case byte[] bytes:
                told.Add($"{at} = {Convert.ToHexString(bytes)}");
                break;
            case IEnumerable items:
                foreach (var (i, item) in items.Cast<object?>().Index())
                {
                    Walk($"{at}[{i}]", item, told, depth + 1);
                }

                break;
            default:
                Assert.That(depth, Is.LessThan(20), at);
                // The ticket and delegates are left out.
                foreach (
                    var property in value
                        .GetType()
                        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                        .Where(property =>
                            property.GetIndexParameters().Length == 0 && property.PropertyType != typeof(object)
                        )
                )
                {
                    Walk($"{at}.{property.Name}", property.GetValue(value), told, depth + 1);
                }

                break;
        }
    }
}
