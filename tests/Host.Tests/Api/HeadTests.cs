using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>
/// HEAD has the status and headers of GET, without the body (RFC 9110, 9.3.2), on every route. HEAD does not begin a
/// stream.
/// </summary>
[Parallelizable]
public sealed class HeadTests
{
    private ApiHost _host = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _host = await ApiHost.StartAsync();
        using var made = await _host.Admin.PostTextAsync(
            ApiHost.Schedules,
            """{"name":"nightly","trigger":{"kind":"interval","every":"PT15M"},"job":{"method":"a"}}"""
        );
        Assert.That(made.StatusCode, Is.EqualTo(HttpStatusCode.Created));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task Every_address_answers_HEAD_as_GET()
    {
        using var job = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"a"}""");
        var id = (await job.BodyAsync()).GetProperty("id").GetString();
        var asked = 0;
        foreach (var route in Routes("GET").Where(route => !route.EndsWith("/events", StringComparison.Ordinal)))
        {
            var address = route
                .Replace("{ns}", "default", StringComparison.Ordinal)
                .Replace("{name}", "nightly", StringComparison.Ordinal)
                .Replace("{id}", id, StringComparison.Ordinal)
                .Replace("{documentName}", "v1", StringComparison.Ordinal)
                .Replace("{", "", StringComparison.Ordinal)
                .Replace("}", "", StringComparison.Ordinal);
            using var get = await _host.Admin.GetAsync(address);
            using var head = await HeadAsync(address);
            Assert.That(head.StatusCode, Is.EqualTo(get.StatusCode), address);
            Assert.That(head.Headers.ETag, Is.EqualTo(get.Headers.ETag), address);
            Assert.That(await head.Content.ReadAsByteArrayAsync(), Is.Empty, address);
            if (get.IsSuccessStatusCode)
            {
                Assert.That(head.Content.Headers.ContentType, Is.EqualTo(get.Content.Headers.ContentType), address);
            }

            asked++;
        }

        Assert.That(asked, Is.GreaterThan(35));
    }

    [TestCase("/api/namespaces/default/events")]
    [TestCase("/api/namespaces/default/jobs/JOB/logs?follow=true")]
    public async Task A_stream_is_not_begun(string address)
    {
        using var job = await _host.Admin.PostTextAsync(ApiHost.Jobs, """{"method":"a"}""");
        var id = (await job.BodyAsync()).GetProperty("id").GetString();
        using var head = await HeadAsync(address.Replace("JOB", id, StringComparison.Ordinal));
        Assert.That(
            (head.StatusCode, head.Content.Headers.ContentType!.MediaType),
            Is.EqualTo((HttpStatusCode.OK, "text/event-stream"))
        );
    }

    [Test]
    public async Task A_connection_goes_on_after_a_HEAD()
    {
        using var client = _host.Client(_host.AdminKey);
        for (var i = 0; i < 3; i++)
        {
            using var head = await client.SendAsync(
                new HttpRequestMessage(HttpMethod.Head, $"{ApiHost.Schedules}/nightly")
            );
            Assert.That(head.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            using var get = await client.GetAsync($"{ApiHost.Schedules}/nightly");
            Assert.That((await get.BodyAsync()).GetProperty("name").GetString(), Is.EqualTo("nightly"));
        }
    }

    [Test]
    public async Task An_address_that_has_no_GET_has_no_HEAD_and_others_name_it()
    {
        using var none = await HeadAsync("/api/auth/login");
        Assert.That(none.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(none.Content.Headers.Allow, Is.EqualTo(new[] { "POST" }));
        using var other = await _host.Admin.DeleteAsync("/health/live");
        Assert.That(other.Content.Headers.Allow, Is.EquivalentTo(new[] { "GET", "HEAD" }));
    }

    [Test]
    public async Task HEAD_needs_what_GET_needs()
    {
        using var stranger = _host.Client(null);
        using var head = await stranger.SendAsync(new HttpRequestMessage(HttpMethod.Head, ApiHost.Jobs));
        Assert.That(head.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private Task<HttpResponseMessage> HeadAsync(string address) =>
        _host.Admin.SendAsync(new HttpRequestMessage(HttpMethod.Head, address));

    private IEnumerable<string> Routes(string verb) =>
        _host
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains(verb))
            .Select(endpoint => $"/{endpoint.RoutePattern.RawText!.Trim('/')}");
}
