using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Dashboard.InProcess;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Requests that go through the pipeline of REST without a network.</summary>
public sealed class InProcessTests
{
    private static readonly Uri Somewhere = new("http://broker.invalid/api/things/a%20b?x=1&y=%26");

    [Test]
    public async Task A_request_arrives_as_one_from_the_network_would()
    {
        using var client = Client(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var words = new[]
            {
                http.Request.Method,
                http.Request.Path.Value,
                http.Request.QueryString.Value,
                http.Request.Headers.Authorization.ToString(),
                http.Request.Headers.UserAgent.ToString(),
                http.Connection.RemoteIpAddress?.ToString(),
                http.Request.ContentType,
                $"{http.Request.ContentLength}",
                await reader.ReadToEndAsync(),
                http.Features.Get<DashboardRequest>() is null ? "" : "of a page",
            };
            http.Response.StatusCode = 201;
            http.Response.Headers.ETag = "\"3\"";
            await http.Response.WriteAsync(string.Join('\n', words));
        });
        using var answer = await client.PostAsync(
            Somewhere,
            new StringContent("{}", Encoding.UTF8, "application/json")
        );
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(answer.Headers.ETag?.Tag, Is.EqualTo("\"3\""));
            Assert.That(
                (await answer.Content.ReadAsStringAsync()).Split('\n'),
                Is.EqualTo(
                    new[]
                    {
                        "POST",
                        "/api/things/a b",
                        "?x=1&y=%26",
                        "Bearer the token",
                        "a browser",
                        "203.0.113.7",
                        "application/json; charset=utf-8",
                        "2",
                        "{}",
                        "of a page",
                    }
                )
            );
        });
    }

    [TestCase(3, HttpStatusCode.OK)]
    [TestCase(4, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_route_limits_a_body_as_it_limits_those_of_the_network(int length, HttpStatusCode status)
    {
        using var client = Client(async http =>
        {
            http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = 3;
            try
            {
                await http.Request.Body.CopyToAsync(Stream.Null);
            }
            catch (BadHttpRequestException e)
            {
                http.Response.StatusCode = e.StatusCode;
            }
        });
        using var answer = await client.PostAsync(Somewhere, new StringContent(new string('x', length)));
        Assert.That(answer.StatusCode, Is.EqualTo(status));
    }

    [Test]
    public async Task A_stream_is_read_while_it_is_written()
    {
        var next = new SemaphoreSlim(0);
        using var client = Client(async http =>
        {
            for (var number = 1; number <= 3; number++)
            {
                await http.Response.WriteAsync($"{number}\n");
                await http.Response.Body.FlushAsync();
                await next.WaitAsync(http.RequestAborted);
            }
        });
        using var answer = await client.GetAsync(Somewhere, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        for (var number = 1; number <= 3; number++)
        {
            Assert.That(await reader.ReadLineAsync(), Is.EqualTo($"{number}"));
            next.Release();
        }

        Assert.That(await reader.ReadLineAsync(), Is.Null);
    }

    [Test]
    public async Task Whoever_gives_a_stream_up_ends_the_request()
    {
        var aborted = new TaskCompletionSource();
        using var client = Client(async http =>
        {
            http.RequestAborted.Register(aborted.SetResult);
            await http.Response.WriteAsync("first");
            await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
        });
        var answer = await client.GetAsync(Somewhere, HttpCompletionOption.ResponseHeadersRead);
        answer.Dispose();
        await aborted.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Test]
    public async Task Whoever_cancels_a_call_ends_the_request()
    {
        var aborted = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        using var client = Client(async http =>
        {
            http.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
        });
        using var stop = new CancellationTokenSource();
        var call = client.GetAsync(Somewhere, stop.Token);
        await arrived.Task;
        await stop.CancelAsync();
        Assert.That(async () => await call, Throws.InstanceOf<OperationCanceledException>());
        await aborted.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Test]
    public async Task An_answer_that_the_pipeline_cuts_is_not_taken_for_whole()
    {
        using var client = Client(async http =>
        {
            await http.Response.WriteAsync("half of ");
            await http.Response.Body.FlushAsync();
            http.Abort();
        });
        using var answer = await client.GetAsync(Somewhere, HttpCompletionOption.ResponseHeadersRead);
        Assert.That(async () => await answer.Content.ReadAsStringAsync(), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public void A_pipeline_that_fails_fails_the_call()
    {
        using var client = Client(_ => throw new InvalidOperationException("A bug."));
        Assert.That(async () => await client.GetAsync(Somewhere), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task Headers_may_be_set_until_the_first_byte()
    {
        using var client = Client(async http =>
        {
            http.Response.OnStarting(() =>
            {
                http.Response.Headers["X-Late"] = "yes";
                return Task.CompletedTask;
            });
            await http.Response.WriteAsync("body");
            Assert.That(http.Response.HasStarted, Is.True);
        });
        using var answer = await client.GetAsync(Somewhere);
        Assert.That(answer.Headers.GetValues("X-Late"), Is.EqualTo(new[] { "yes" }));
    }

    private static HttpClient Client(RequestDelegate rest)
    {
        var services = new ServiceCollection().AddLogging().AddOptions().BuildServiceProvider();
        var pipeline = new BrokerPipeline(new DefaultHttpContextFactory(services));
        pipeline.Open(rest);
        return new HttpClient(new BrokerHandler(pipeline, new Browser7()));
    }

    private sealed class Browser7 : IPageCaller
    {
        public IPAddress? Address => IPAddress.Parse("203.0.113.7");

        public string? UserAgent => "a browser";

        public string? AccessToken => "the token";
    }
}
