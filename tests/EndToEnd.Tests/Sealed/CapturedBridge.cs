using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection.SignalR;

namespace ScheduleZero.EndToEnd.Tests.Sealed;

/// <summary>
/// A Bridge in the hands of somebody who has its key and all that passes through it: records every message in both
/// directions, and alters, drops, repeats and invents messages as a test says.
/// </summary>
internal sealed class CapturedBridge : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentDictionary<ulong, Wire> _wires = new();
    private readonly ConcurrentQueue<Carried> _seen = new();
    private CapturedLink _link = null!;
    private ulong _last;

    private CapturedBridge()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(this);
        builder
            .Services.AddSignalR(options => options.MaximumReceiveMessageSize = 1024 * 1024)
            .AddMessagePackProtocol(pack => pack.SerializerOptions = RawJsonFormatter.Options);
        _web = builder.Build();
        _web.Urls.Add("http://127.0.0.1:0");
        _web.MapHub<Hub>("/hubs/handlers");
    }

    public string Address =>
        _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>What is passed on in place of each message; the message itself unless a test says otherwise.</summary>
    public Func<Carried, IEnumerable<Carried>> Meddle { get; set; } = carried => [carried];

    /// <summary>Every message so far, as it came.</summary>
    public IReadOnlyCollection<Carried> Seen => _seen;

    public static async Task<CapturedBridge> StartAsync(string router, byte[]? serverKey, string key)
    {
        if (!ApiKey.TryParse(key, out var parsed))
        {
            throw new ArgumentException("A Bridge's key is needed.", nameof(key));
        }

        var bridge = new CapturedBridge();
        await bridge._web.StartAsync();
        bridge._link = new CapturedLink(router, serverKey, parsed, bridge.Deliver, bridge.OpenAgain);
        await bridge._link.WhenLinked.WaitAsync(TimeSpan.FromSeconds(60));
        return bridge;
    }

    /// <summary>Whether a text was seen, be it plain or in base64 of either kind.</summary>
    public bool HasSeen(string secret)
    {
        string[] forms =
        [
            secret,
            .. Enumerable
                .Range(0, 3)
                .Select(shift => Convert.ToBase64String(Encoding.UTF8.GetBytes(new string(' ', shift) + secret)))
                .Select(text => text[4..^4])
                .SelectMany(text => (string[])[text, text.Replace('+', '-').Replace('/', '_')]),
        ];
        return _seen.Any(carried =>
        {
            var body = Encoding.Latin1.GetString(carried.Body);
            return forms.Any(form => body.Contains(form, StringComparison.Ordinal));
        });
    }

    /// <summary>Invents a message to every handler, or from each of them.</summary>
    public async Task ForgeAsync(Carried forged)
    {
        foreach (var wire in _wires.Values)
        {
            if (forged.IsFromHandler)
            {
                _link.Send(forged.Kind, wire.Number, forged.Body);
            }
            else
            {
                await wire.SayAsync(forged);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _link.Dispose();
        await _web.DisposeAsync();
    }

    private Wire Open(HubCallerContext context, IClientProxy client)
    {
        var wire = new Wire(Interlocked.Increment(ref _last), context, client);
        _wires[wire.Number] = wire;
        Announce(wire);
        return wire;
    }

    private void Announce(Wire wire) =>
        _link.Send(MessageKind.Open, wire.Number, ProtocolJson.Write(new Open("127.0.0.1", wire.ApiKey)));

    // On the link's thread.
    private void OpenAgain()
    {
        foreach (var wire in _wires.Values)
        {
            Announce(wire);
            wire.Post(Carried.ToHandler(new Greet("The link to the Broker is new.")));
        }
    }

    // On the link's thread.
    private void Deliver(ulong number, MessageKind kind, byte[] body)
    {
        if (!_wires.TryGetValue(number, out var wire))
        {
            return;
        }

        foreach (var carried in Pass(new Carried(false, kind, body)))
        {
            wire.Post(carried);
        }
    }

    private void Forward(Wire wire, MessageKind kind, RawJson body)
    {
        foreach (var carried in Pass(new Carried(true, kind, body.Utf8.ToArray())))
        {
            _link.Send(carried.Kind, wire.Number, carried.Body);
        }
    }

    private IEnumerable<Carried> Pass(Carried carried)
    {
        _seen.Enqueue(carried);
        return Meddle(carried);
    }

    private void Close(Wire wire)
    {
        if (_wires.TryRemove(wire.Number, out _))
        {
            _link.Send(MessageKind.Closed, wire.Number, ProtocolJson.Write(new Closed("gone")));
        }
    }

    /// <summary>The connection of one handler.</summary>
    internal sealed class Wire(ulong number, HubCallerContext context, IClientProxy client)
    {
        private readonly Lock _order = new();
        private Task _sent = Task.CompletedTask;
        private TaskCompletionSource<Carried>? _answer;

        public ulong Number => number;

        public string? ApiKey { get; } =
            context.GetHttpContext()?.Request.Headers.Authorization.ToString() is { Length: > 7 } bearer
                ? bearer["Bearer ".Length..]
                : null;

        public Task<Carried> AwaitAnswer()
        {
            var answer = new TaskCompletionSource<Carried>(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _answer, answer);
            return answer.Task;
        }

        public void Post(Carried carried)
        {
            if (MessageKinds.IsAnswer(carried.Kind))
            {
                Interlocked.Exchange(ref _answer, null)?.TrySetResult(carried);
            }
            else
            {
                _ = SayAsync(carried);
            }
        }

        public Task SayAsync(Carried carried)
        {
            lock (_order)
            {
                return _sent = SayAfterAsync(_sent, carried);
            }
        }

        private async Task SayAfterAsync(Task before, Carried carried)
        {
            await before;
            await client.SendCoreAsync(carried.Kind.ToString(), [new RawJson(carried.Body)]);
            if (carried.Kind == MessageKind.Close)
            {
                context.Abort();
            }
        }
    }

    internal sealed class Hub(CapturedBridge bridge) : Microsoft.AspNetCore.SignalR.Hub
    {
        private Wire Wire => (Wire)Context.Items["wire"]!;

        public override Task OnConnectedAsync()
        {
            Context.Items["wire"] = bridge.Open(Context, Clients.Caller);
            return Task.CompletedTask;
        }

        public override Task OnDisconnectedAsync(Exception? exception)
        {
            bridge.Close(Wire);
            return Task.CompletedTask;
        }

        public Task<RawJson> Hello(RawJson body) => AskAsync(MessageKind.Hello, body);

        public Task<RawJson> Challenge(RawJson body) => AskAsync(MessageKind.Challenge, body);

        public Task<RawJson> Enrol(RawJson body) => AskAsync(MessageKind.Enrol, body);

        public Task<RawJson> Rotate(RawJson body) => AskAsync(MessageKind.Rotate, body);

        public void Heartbeat(RawJson body) => bridge.Forward(Wire, MessageKind.Heartbeat, body);

        public void Report(RawJson body) => bridge.Forward(Wire, MessageKind.Report, body);

        public void Ran(RawJson body) => bridge.Forward(Wire, MessageKind.Ran, body);

        public void Bye(RawJson body) => bridge.Forward(Wire, MessageKind.Bye, body);

        private async Task<RawJson> AskAsync(MessageKind kind, RawJson body)
        {
            var answering = Wire.AwaitAnswer();
            bridge.Forward(Wire, kind, body);
            var answer = await answering.WaitAsync(TimeSpan.FromSeconds(10), Context.ConnectionAborted);
            return
                answer.Kind == MessageKind.Refused && ProtocolJson.TryRead<Refused>(answer.Body, out var refused, out _)
                ? throw new HubException($"{refused.Code}: {refused.Detail}")
                : new RawJson(answer.Body);
        }
    }
}
