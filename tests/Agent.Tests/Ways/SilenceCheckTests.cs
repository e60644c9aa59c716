using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Certificates;
using ScheduleZero.HandlerAgent.Connection.SignalR;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Agent.Tests.Ways;

/// <summary>The measurement of how long silence survives, with a Bridge whose silence is the test's.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SilenceCheckTests : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _asked = [];
    private readonly TaskCompletionSource _isAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _web;

    /// <summary>What the Bridge does with a request.</summary>
    private Func<HttpContext, WebSocket?, Task> _answer = static (_, _) => Task.CompletedTask;

    public SilenceCheckTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _web = builder.Build();
        _web.Urls.Add("http://127.0.0.1:0");
        _web.UseWebSockets();
        _web.Map(
            "/way/silence",
            async context =>
            {
                _asked.Add(context.Request.QueryString.ToString());
                using var socket =
                    context.WebSockets.IsWebSocketRequest && _answer.Method.Name != nameof(NotFound)
                        ? await context.WebSockets.AcceptWebSocketAsync()
                        : null;
                _isAsked.TrySetResult();
                await _answer(context, socket);
            }
        );
    }

    [Test]
    public async Task A_silence_that_survives_counts_whole([Values] bool byWebSocket)
    {
        _answer = static async (context, socket) =>
        {
            if (socket is null)
            {
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }

            await socket.SendAsync("silent"u8.ToArray(), WebSocketMessageType.Text, true, default);
        };
        Assert.That(await (await CheckAsync(byWebSocket)).RunAsync(Longest, default), Is.EqualTo(Longest));
        Assert.That(_asked, Is.EqualTo(new[] { "?seconds=60" }));
    }

    [Test]
    public async Task A_silence_that_is_cut_counts_until_then([Values] bool byWebSocket)
    {
        var cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answer = async (context, _) =>
        {
            await cut.Task;
            context.Abort();
        };
        var measuring = (await CheckAsync(byWebSocket)).RunAsync(Longest, default);
        await _isAsked.Task;
        _time.Advance(TimeSpan.FromSeconds(7));
        cut.SetResult();
        Assert.That(await measuring, Is.EqualTo(TimeSpan.FromSeconds(7)));
    }

    [Test]
    public async Task A_proxy_that_waits_no_longer_counts_as_a_cut()
    {
        var cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _answer = async (context, _) =>
        {
            await cut.Task;
            context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
        };
        var measuring = (await CheckAsync(byWebSocket: false)).RunAsync(Longest, default);
        await _isAsked.Task;
        _time.Advance(TimeSpan.FromSeconds(30));
        cut.SetResult();
        Assert.That(await measuring, Is.EqualTo(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public async Task A_Bridge_that_does_not_offer_the_check_is_no_cut([Values] bool byWebSocket)
    {
        _answer = NotFound;
        Assert.That(await (await CheckAsync(byWebSocket)).RunAsync(Longest, default), Is.Null);
    }

    [Test]
    public async Task A_connection_that_is_forgotten_without_a_word_is_tried_again_with_half_the_silence()
    {
        var isSecond = false;
        _answer = async (context, socket) =>
        {
            if (isSecond)
            {
                await socket!.SendAsync("silent"u8.ToArray(), WebSocketMessageType.Text, true, default);
                return;
            }

            isSecond = true;
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted)
                .ContinueWith(_ => { }, TaskScheduler.Default);
        };
        var measuring = (await CheckAsync(byWebSocket: true)).RunAsync(Longest, default);
        await _isAsked.Task;
        while (!measuring.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(5);
        }

        Assert.That(await measuring, Is.EqualTo(Longest / 2));
    }

    public async ValueTask DisposeAsync() => await _web.DisposeAsync();

    private static Task NotFound(HttpContext context, WebSocket? socket)
    {
        context.Response.StatusCode = (int)HttpStatusCode.NotFound;
        return Task.CompletedTask;
    }

    private async Task<SilenceCheck> CheckAsync(bool byWebSocket)
    {
        await _web.StartAsync();
        var address = new Uri(
            _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()
        );
        var tls = new ClientTlsFiles(null, null, null, null).Load(TimeProvider.System);
        var http = new HubHttp(address, null, tls, null, null, new AddressRace(TimeProvider.System));
        return new SilenceCheck(http, byWebSocket, _time);
    }
}
