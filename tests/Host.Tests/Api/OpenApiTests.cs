using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ScheduleZero.Host.Tests.Api;

[Parallelizable]
public sealed partial class OpenApiTests
{
    private ApiHost _host = null!;
    private JsonElement _document;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _host = await ApiHost.StartAsync();
        using var response = await _host.Admin.GetAsync("/openapi/v1.json");
        _document = await response.BodyAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public void The_document_is_openapi_3_1() =>
        Assert.That(_document.GetProperty("openapi").GetString(), Does.StartWith("3.1"));

    [Test]
    public void Every_route_is_described_and_demands_a_key_where_it_does()
    {
        var paths = _document.GetProperty("paths");
        var described = 0;
        foreach (
            var endpoint in _host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        )
        {
            var path = $"/{endpoint.RoutePattern.RawText!.Trim('/')}";
            if (
                path.StartsWith("/openapi", StringComparison.Ordinal)
                || path.StartsWith("/reference", StringComparison.Ordinal)
            )
            {
                continue;
            }

            foreach (var verb in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods)
            {
                Assert.That(
                    paths.TryGetProperty(path, out var item) && item.TryGetProperty(verb.ToLowerInvariant(), out _),
                    Is.True,
                    $"{verb} {path}"
                );
                var operation = paths.GetProperty(path).GetProperty(verb.ToLowerInvariant());
                Assert.That(operation.GetProperty("summary").GetString(), Is.Not.Empty);
                var isOpen = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;
                Assert.That(
                    operation.TryGetProperty("security", out var security) && security.GetArrayLength() > 0,
                    Is.EqualTo(!isOpen),
                    $"{verb} {path}"
                );
                if (!isOpen)
                {
                    Assert.That(security[0].TryGetProperty("apiKey", out _), Is.True);
                    Assert.That(
                        operation
                            .GetProperty("responses")
                            .GetProperty("401")
                            .GetProperty("content")
                            .TryGetProperty("application/problem+json", out _),
                        Is.True,
                        $"{verb} {path}"
                    );
                }

                described++;
            }
        }

        Assert.That(described, Is.GreaterThan(30));
    }

    [Test]
    public void Every_path_of_the_document_is_a_route()
    {
        var routes = _host
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                endpoint
                    .Metadata.GetMetadata<HttpMethodMetadata>()!
                    .HttpMethods.Select(verb => $"{verb} /{endpoint.RoutePattern.RawText!.Trim('/')}")
            )
            .Where(route =>
                !route.Contains(" /openapi", StringComparison.Ordinal)
                && !route.Contains(" /reference", StringComparison.Ordinal)
            );
        var described = _document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path =>
                path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}")
            );
        Assert.That(described, Is.EquivalentTo(routes));
    }

    [Test]
    public void Every_parameter_and_tag_is_described()
    {
        foreach (var path in _document.GetProperty("paths").EnumerateObject())
        {
            foreach (
                var operation in path
                    .Value.EnumerateObject()
                    .Where(operation => operation.Value.TryGetProperty("parameters", out _))
            )
            {
                foreach (var parameter in operation.Value.GetProperty("parameters").EnumerateArray())
                {
                    Assert.That(
                        parameter.TryGetProperty("description", out _),
                        Is.True,
                        $"{operation.Name} {path.Name}: {parameter}"
                    );
                }
            }
        }

        var used = _document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject())
            .SelectMany(operation =>
                operation.Value.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString())
            )
            .Distinct();
        Assert.That(
            _document.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("name").GetString()),
            Is.EquivalentTo(used)
        );
    }

    [Test]
    public void Schemas_speak_the_wires_words()
    {
        var schemas = _document.GetProperty("components").GetProperty("schemas");
        var job = schemas.GetProperty("JobView").GetProperty("properties");
        Assert.That(job.GetProperty("timeout").GetRawText(), Does.Contain("duration"));
        Assert.That(job.GetProperty("id").GetRawText(), Does.Contain("uuid").Or.Contain("$ref"));
        Assert.That(
            schemas.GetProperty("JobState").GetProperty("enum").EnumerateArray().Select(word => word.GetString()),
            Does.Contain("succeeded")
        );
    }

    [Test]
    public void Bodies_have_examples_and_queries_their_names()
    {
        var jobs = _document.GetProperty("paths").GetProperty("/api/namespaces/{ns}/jobs");
        var body = jobs.GetProperty("post")
            .GetProperty("requestBody")
            .GetProperty("content")
            .GetProperty("application/json");
        Assert.That(body.GetProperty("example").GetProperty("method").GetString(), Is.EqualTo("reports.render"));
        Assert.That(
            jobs.GetProperty("get")
                .GetProperty("parameters")
                .EnumerateArray()
                .Select(parameter => parameter.GetProperty("name").GetString()),
            Is.SupersetOf(new[] { "state", "q", "limit", "cursor" })
        );
    }

    [Test]
    public void What_is_optional_is_not_required_and_nothing_may_be_null()
    {
        var text = _document.GetProperty("components").GetProperty("schemas").GetRawText();
        Assert.That(text, Does.Not.Contain("\"null\"").And.Not.Contain("oneOf"));
        var job = _document.GetProperty("components").GetProperty("schemas").GetProperty("JobView");
        var (batch, error) = (
            job.GetProperty("properties").GetProperty("batchId"),
            job.GetProperty("properties").GetProperty("error")
        );
        Assert.That(
            (batch.GetProperty("type").GetString(), batch.GetProperty("format").GetString()),
            Is.EqualTo(("string", "uuid"))
        );
        Assert.That(error.GetProperty("$ref").GetString(), Is.EqualTo("#/components/schemas/AttemptError"));
        Assert.That(
            job.GetProperty("required").EnumerateArray().Select(name => name.GetString()),
            Does.Not.Contain("batchId").And.Contains("id")
        );
    }

    [TestCase("/api/namespaces/{ns}/jobs", "limit", "integer", "int32")]
    [TestCase("/api/namespaces/{ns}/schedules/{name}/preview", "count", "integer", "int32")]
    [TestCase("/api/namespaces/{ns}/jobs/{id}/logs", "after", "integer", "int64")]
    [TestCase("/api/namespaces/{ns}/jobs/{id}/logs", "follow", "boolean", null)]
    [TestCase("/api/namespaces/{ns}/executions", "from", "string", "date-time")]
    public void A_parameter_is_what_it_means(string path, string name, string type, string? format)
    {
        var schema = ParameterOf(path, name);
        Assert.That(schema.GetProperty("type").GetString(), Is.EqualTo(type));
        Assert.That(schema.TryGetProperty("format", out var given) ? given.GetString() : null, Is.EqualTo(format));
    }

    [TestCase("/api/namespaces/{ns}/jobs", "state", "succeeded")]
    [TestCase("/api/namespaces/{ns}/executions", "outcome", "timedOut")]
    public void A_parameter_that_may_be_repeated_is_a_list_of_its_words(string path, string name, string word)
    {
        var schema = ParameterOf(path, name);
        Assert.That(schema.GetProperty("type").GetString(), Is.EqualTo("array"));
        Assert.That(
            schema.GetProperty("items").GetProperty("enum").EnumerateArray().Select(item => item.GetString()),
            Does.Contain(word)
        );
    }

    [Test]
    public void The_document_has_no_words_of_the_language_that_it_is_written_in()
    {
        var told = new List<string>();
        Collect(_document, told);
        Assert.That(told, Has.Count.GreaterThan(500));
        Assert.That(told.Where(text => LanguageWords().IsMatch(text)), Is.Empty);
    }

    private static void Collect(JsonElement element, List<string> told)
    {
        foreach (var child in element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().ToList() : [])
        {
            Collect(child, told);
        }

        foreach (var property in element.ValueKind == JsonValueKind.Object ? element.EnumerateObject().ToList() : [])
        {
            if (property is { Name: "description" or "summary", Value.ValueKind: JsonValueKind.String })
            {
                told.Add(property.Value.GetString()!);
            }

            Collect(property.Value, told);
        }
    }

    // Words that belong to a programming language: types, members of types, nullable types, null itself.
    [GeneratedRegex(
        @"\bnull\b|<see|&lt;|[A-Za-z>]\? [A-Z]|\b(IReadOnly\w*|IEnumerable|Dictionary|TimeSpan|DateTimeOffset|"
            + @"DateOnly|RawJson|UTF-8 bytes)\b|\b[A-Z][a-z]+[A-Z]\w+\.[A-Z]\w+"
    )]
    private static partial Regex LanguageWords();

    private JsonElement ParameterOf(string path, string name) =>
        _document
            .GetProperty("paths")
            .GetProperty(path)
            .GetProperty("get")
            .GetProperty("parameters")
            .EnumerateArray()
            .Single(parameter => parameter.GetProperty("name").GetString() == name)
            .GetProperty("schema");

    [Test]
    public async Task The_reference_page_loads_nothing_from_elsewhere()
    {
        using var client = _host.Client(null);
        using var page = await client.GetAsync("/reference");
        Assert.That(page.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await page.Content.ReadAsStringAsync(), Does.Not.Contain("http"));
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.That(
            policy,
            Does.Contain("script-src 'self';").And.Contain("connect-src 'self'").And.Not.Contain("http")
        );
        var script = await client.GetStringAsync("/reference/scalar.js");
        Assert.That(script, Has.Length.GreaterThan(100_000).And.Contains("createApiReference"));
    }
}
