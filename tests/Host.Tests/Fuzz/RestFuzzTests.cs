using System.Net.Http.Headers;
using System.Text.Json;
using CsCheck;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Hostile;

namespace ScheduleZero.Host.Tests.Fuzz;

/// <summary>Generated requests at every route that takes any input.</summary>
internal sealed class RestFuzzTests
{
    private const int BytesOfOneKept = 16 * 1024;

    private static readonly string[] BodiesWithoutExample =
    [
        """{"grace":"PT10S"}""",
        """{"note":"a","resumeAt":"2027-01-01T00:00:00Z"}""",
        """{"kind":"service","name":"a","roles":["viewer"],"requestsPerMinute":5,"addresses":["10.0.0.0/8"]}""",
    ];

    private static readonly string[] HeaderNames =
    [
        "If-Match",
        "If-None-Match",
        "Authorization",
        "Accept",
        "Accept-Encoding",
        "Last-Event-ID",
        "Origin",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "Range",
        "Cookie",
        "traceparent",
        "X-A",
    ];

    private static readonly string[] HeaderTexts =
    [
        "*",
        "\"1\"",
        "W/\"1\"",
        "\"99999999999\"",
        "Bearer",
        "Bearer szk_",
        "Basic YTpi",
        "bytes=0-1,5-",
        "null",
        "a=b; c",
        "00-0-0-0",
    ];

    private sealed record Route(string Verb, string Path, string[] Examples, string[] Queries);

    private sealed record Request(
        Route Route,
        string[] Segments,
        byte[] Body,
        string[] Query,
        string ContentType,
        (string Name, string Text)[] Headers
    );

    [Test]
    public async Task Nothing_that_is_sent_breaks_tells_of_the_inside_or_stays()
    {
        var run = await FuzzRun.StartAsync("REST");
        await using var broker = await RealBroker.StartAsync();
        var routes = await ReadRoutesAsync(broker);
        Assert.That(routes, Has.Length.GreaterThan(15));
        // Routes with a body are drawn more often, since most can go wrong there.
        var gen = Requests([
            .. routes.SelectMany(route =>
                Enumerable.Repeat(route, route.Examples.Length > BodiesWithoutExample.Length ? 8 : 1)
            ),
        ]);
        broker.WorkCalmly();
        var growth = new Growth();
        var kept = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, run.Cases),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (number, cancellationToken) =>
            {
                if (await SendAsync(broker, run.Case(gen, number), run.Describe(number), cancellationToken))
                {
                    Interlocked.Increment(ref kept);
                }
            }
        );

        await TestContext.Progress.WriteLineAsync($"REST: {kept} of {run.Cases} were accepted");
        await broker.CheckAsync();
        // A batch stores as many jobs as its body has room for.
        growth.Check(kept, BytesOfOneKept);
    }

    // The routes come from the document, so a new route is tested too.
    private static async Task<Route[]> ReadRoutesAsync(RealBroker broker)
    {
        var document = JsonSerializer.Deserialize<JsonElement>(await broker.Http.GetStringAsync("/openapi/v1.json"));
        return
        [
            .. from path in document.GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            where
                operation.Name is "post" or "put" or "patch" or "delete"
                || (operation.Name == "get" && !path.Name.EndsWith("/events", StringComparison.Ordinal))
            select new Route(
                operation.Name.ToUpperInvariant(),
                path.Name,
                Examples(operation.Value),
                Queries(operation.Value)
            ),
        ];
    }

    private static string[] Examples(JsonElement operation) =>
        operation.TryGetProperty("requestBody", out var body)
        && body.GetProperty("content").GetProperty("application/json").TryGetProperty("example", out var example)
            ? [.. Enumerable.Repeat(example.GetRawText(), 8), .. BodiesWithoutExample]
            : BodiesWithoutExample;

    // The query parameter follow is left out, since a stream does not end.
    private static string[] Queries(JsonElement operation) =>
        operation.TryGetProperty("parameters", out var parameters)
            ?
            [
                .. parameters
                    .EnumerateArray()
                    .Where(parameter => parameter.GetProperty("in").GetString() == "query")
                    .Select(parameter => parameter.GetProperty("name").GetString()!)
                    .Where(name => name is not ("follow" or "wait")),
            ]
            : [];

    private static Gen<Request> Requests(Route[] routes) =>
        Gen.Int[0, routes.Length - 1]
            .SelectMany(i =>
            {
                var route = routes[i];
                return Gen.Select(
                    HostileJson.Texts.Array[4],
                    HostileJson.Bodies(route.Examples),
                    Gen.Select(
                        HostileJson.AnyOf([.. route.Queries, "nothing"]),
                        HostileJson.Texts,
                        (name, text) => $"{name}={text}"
                    ).Array[0, 3],
                    HostileJson.AnyOf([
                        .. Enumerable.Repeat("application/json", 12),
                        "text/plain",
                        "application/json; charset=utf-16",
                        "a",
                    ]),
                    Gen.Frequency(
                        (3, Gen.Const(Array.Empty<(string, string)>())),
                        (
                            1,
                            Gen.Select(
                                HostileJson.AnyOf(HeaderNames),
                                Gen.OneOf(HostileJson.AnyOf(HeaderTexts), HostileJson.Texts)
                            ).Array[1, 3]
                        )
                    ),
                    (segments, body, query, type, headers) => new Request(route, segments, body, query, type, headers)
                );
            });

    private static async Task<bool> SendAsync(
        RealBroker broker,
        Request sent,
        string which,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(sent.Route.Verb),
            $"{PathOf(sent)}?{string.Join('&', sent.Query)}"
        );
        if (sent.Route.Verb != "GET")
        {
            request.Content = new ByteArrayContent(sent.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", sent.ContentType);
        }

        foreach (var (name, value) in sent.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await broker.Http.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        var status = (int)answer.StatusCode;
        if (status is >= 500 and not 503)
        {
            Assert.Fail(
                $"{which}: {sent.Route.Verb} {request.RequestUri} is answered {status}: "
                    + $"{text}\n{System.Text.Encoding.UTF8.GetString(sent.Body)}"
            );
        }

        // The server refuses an address that cannot be valid before it is a request; such an answer has no body.
        if (status >= 400 && !(status == 400 && text.Length == 0))
        {
            Assert.That(Leaks.In(text), Is.Null, $"{which}: {text}");
            Assert.That(
                answer.Content.Headers.ContentType,
                Is.EqualTo(new MediaTypeHeaderValue("application/problem+json")),
                $"{which}: {status} {text}"
            );
            Assert.That(JsonSerializer.Deserialize(text, RestJson.Default.Problem)!.Status, Is.EqualTo(status), which);
        }

        return sent.Route.Verb != "GET" && status < 300;
    }

    private static string PathOf(Request sent)
    {
        var next = 0;
        // Most requests are for the namespace that exists, since another one only answers 404.
        return string.Join(
            '/',
            sent.Route.Path.Split('/')
                .Select(part =>
                    part switch
                    {
                        "{ns}" => sent.Segments[next++].Length % 7 == 0 ? sent.Segments[next - 1] : "default",
                        ['{', ..] => sent.Segments[next++],
                        _ => part,
                    }
                )
        );
    }
}
