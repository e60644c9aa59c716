using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Certificates;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Connection.SignalR;
using ScheduleZero.HandlerAgent.Connection.Ways;
using ScheduleZero.HandlerAgent.Connection.ZeroMq;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.HandlerAgent.Diagnosis;

/// <summary>
/// Walks the way from this machine to one server, step by step, with the settings of an agent, and ends at the first
/// step that fails. The walk leaves nothing behind but a session without capacity, which it ends.
/// </summary>
/// <param name="options">The settings of the agent; the walk does not use its list of addresses.</param>
/// <param name="methods">The methods that the agent offers; empty where they are not known.</param>
/// <param name="report">Hears of each step when it has been taken.</param>
internal sealed class WayWalk(
    HandlerAgentOptions options,
    IReadOnlyList<string> methods,
    TimeProvider time,
    Action<WayStep> report
)
{
    private static readonly TimeSpan ClockWarning = TimeSpan.FromSeconds(30);
    private static readonly WayStep NoSilence = new(
        WayStep.Silence,
        StepOutcome.Skipped,
        "the Bridge does not offer the measurement now: it is of an earlier version, or busy"
    );

    private static readonly TimeSpan ClockFailure = TimeSpan.FromMinutes(5);

    private readonly AddressRace _race = new(time);

    /// <summary>Walks the way.</summary>
    /// <param name="silence">How long a silent connection must survive; null for no such check.</param>
    /// <returns>Whether no step failed.</returns>
    public async Task<bool> RunAsync(Uri address, TimeSpan? silence, CancellationToken cancellationToken)
    {
        try
        {
            var isDone =
                address.Scheme == "tcp"
                    ? await WalkZeroMqAsync(address, cancellationToken)
                    : await WalkWebAsync(address, silence, cancellationToken);
            return isDone;
        }
        catch (StepFailedException e)
        {
            report(new WayStep(e.Step, StepOutcome.Failed, e.Message));
            return false;
        }
    }

    private async Task<bool> WalkZeroMqAsync(Uri address, CancellationToken cancellationToken)
    {
        await ConnectAsync(address, null, cancellationToken);
        report(new WayStep(WayStep.Proxy, StepOutcome.Skipped, "ZeroMQ is dialled directly"));
        var curve = new CurveKeys(options);
        var carrier = new ZeroMqCarrier(
            options,
            new KeySource(options),
            curve,
            time,
            static () => 0,
            NullLogger.Instance
        );
        await using var connection = await TryAsync(
            WayStep.Transport,
            () => carrier.ConnectAsync(address, new Inbox(), cancellationToken)
        );
        Ok(WayStep.Transport, curve.IsOn ? "ZeroMQ with CURVE; the server proved its key" : "ZeroMQ, not encrypted");
        await SayHelloAsync(connection, cancellationToken);
        report(new WayStep(WayStep.Silence, StepOutcome.Skipped, "ZeroMQ sends a sign of life every 2 s"));
        return true;
    }

    private async Task<bool> WalkWebAsync(Uri address, TimeSpan? silence, CancellationToken cancellationToken)
    {
        var proxies = new ProxyChoice(options);
        var proxy = await TryAsync(WayStep.Proxy, () => Task.FromResult(proxies.For(address)));
        await ConnectAsync(address, proxy, cancellationToken);
        var http = new HubHttp(
            address,
            proxy,
            await TryAsync(WayStep.Tls, () => Task.FromResult(options.TlsFiles.Load(time))),
            options.ClientCertificateFile,
            await TryAsync(WayStep.Hello, () => new KeySource(options).ReadAsync(cancellationToken)),
            _race
        );
        await RequestAsync(http, cancellationToken);
        var isUpgraded = await UpgradeAsync(http, cancellationToken);
        var carrier = new SignalRCarrier(
            options,
            new KeySource(options),
            proxies,
            new WayMemory(file: null, NullLogger.Instance),
            time,
            static () => 0,
            NullLogger.Instance
        );
        await using (
            var connection = await TryAsync(
                WayStep.Transport,
                () => carrier.DialAsync(address, new Inbox(), cancellationToken)
            )
        )
        {
            TellTransport(connection.Transport);
            await SayHelloAsync(connection, cancellationToken);
        }

        await CheckSilenceAsync(http, isUpgraded, silence, cancellationToken);
        return true;
    }

    /// <summary>Resolves the host that is dialled, and connects to it.</summary>
    private async Task ConnectAsync(Uri address, ProxyRoute? proxy, CancellationToken cancellationToken)
    {
        var dialled = proxy?.Address ?? address;
        var host = dialled.DnsSafeHost;
        var what = proxy is null ? host : $"the proxy {host}";
        var advice = new WebAdvice(address, proxy, null);
        try
        {
            var addresses = await _race.ResolveAsync(host, cancellationToken);
            Ok(
                WayStep.HostName,
                IPAddress.TryParse(host, out _) ? $"{what} is an address" : $"{what} is {string.Join(", ", addresses)}"
            );
        }
        catch (SocketException e)
        {
            throw new StepFailedException(WayStep.HostName, advice.For(e, answer: null));
        }

        using var limit = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var begin = time.GetTimestamp();
            using var socket = await _race.ConnectAsync(host, dialled.Port, either.Token);
            Ok(
                WayStep.Tcp,
                $"{socket.RemoteEndPoint} answers after {time.GetElapsedTime(begin).TotalMilliseconds:0} ms"
            );
        }
        catch (SocketException e)
        {
            throw new StepFailedException(WayStep.Tcp, advice.For(e, answer: null));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StepFailedException(
                WayStep.Tcp,
                $"{what}:{dialled.Port} does not answer within {options.ConnectTimeout.TotalSeconds:0} s: a firewall "
                    + "on the way swallows the connection, or the address is wrong."
            );
        }
    }

    /// <summary>Makes one plain request, which passes the proxy and TLS and shows the server's clock.</summary>
    private async Task RequestAsync(HubHttp http, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(http.MakeHandler()) { Timeout = options.ConnectTimeout };
        var step =
            http.Proxy is not null ? WayStep.Proxy
            : http.IsTls ? WayStep.Tls
            : WayStep.Upgrade;
        HttpResponseMessage answer;
        try
        {
            answer = await client.GetAsync(http.UrlOf("health/live"), cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            step =
                http.Certificate is not null || CertificateRefusedException.Within(e) is not null ? WayStep.Tls : step;
            TellProxy(http, isPassed: step != WayStep.Proxy);
            throw new StepFailedException(
                step,
                e is OperationCanceledException ? "There was no answer to a request." : http.Explain(e)
            );
        }

        using (answer)
        {
            var isOfProxy = answer.StatusCode == HttpStatusCode.ProxyAuthenticationRequired;
            TellProxy(http, isPassed: !isOfProxy);
            if (!isOfProxy)
            {
                TellTls(http);
            }

            if (http.ExplainAnswer() is { } refusal)
            {
                throw new StepFailedException(isOfProxy ? WayStep.Proxy : WayStep.Upgrade, refusal);
            }

            TellClock(answer.Headers.Date);
        }
    }

    private void TellProxy(HubHttp http, bool isPassed)
    {
        if (http.Proxy is null)
        {
            report(new WayStep(WayStep.Proxy, StepOutcome.Skipped, "no proxy is set"));
        }
        else if (isPassed)
        {
            Ok(
                WayStep.Proxy,
                $"{http.Proxy} passes the agent on{(http.Proxy.HasCredentials ? ", with a password" : "")}"
            );
        }
    }

    private void TellTls(HubHttp http)
    {
        if (!http.IsTls)
        {
            report(new WayStep(WayStep.Tls, StepOutcome.Skipped, "http:// is not encrypted"));
            return;
        }

        using var certificate = http.Certificate;
        Ok(
            WayStep.Tls,
            certificate is null
                ? "the certificate is accepted"
                : $"the certificate of {certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false)}, signed by "
                    + $"{certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true)}, is accepted until "
                    + certificate.NotAfter.ToUniversalTime().ToString("u", CultureInfo.InvariantCulture)
        );
    }

    private void TellClock(DateTimeOffset? there)
    {
        if (there is not { } instant)
        {
            report(new WayStep(WayStep.Clock, StepOutcome.Skipped, "the server does not tell its time"));
            return;
        }

        var ahead = time.GetUtcNow() - instant;
        var direction = ahead < TimeSpan.Zero ? "behind" : "ahead of";
        var words = $"this machine's clock is {Math.Abs(ahead.TotalSeconds):0} s {direction} the server's";
        if (ahead.Duration() >= ClockFailure)
        {
            throw new StepFailedException(
                WayStep.Clock,
                $"{words}: set it, and keep it set by NTP. Certificates and tokens have times."
            );
        }

        report(
            new WayStep(WayStep.Clock, ahead.Duration() >= ClockWarning ? StepOutcome.Warning : StepOutcome.Ok, words)
        );
    }

    /// <summary>Tries whether WebSockets open. Without them the way may still work.</summary>
    private async Task<bool> UpgradeAsync(HubHttp http, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var socket = await http.OpenAsync(http.WebSocketUrlOf("hubs/handlers"), either.Token);
            Ok(WayStep.Upgrade, "a WebSocket opens");
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var reason = e is OperationCanceledException ? "something on the way swallows them" : http.Explain(e);
            report(new WayStep(WayStep.Upgrade, StepOutcome.Warning, $"WebSockets do not open: {reason}"));
            return false;
        }
    }

    private void TellTransport(HttpTransportType transport) =>
        report(
            transport == HttpTransportType.WebSockets
                ? new WayStep(WayStep.Transport, StepOutcome.Ok, "WebSockets carry messages both ways")
                : new WayStep(
                    WayStep.Transport,
                    StepOutcome.Warning,
                    $"{transport} carries messages; WebSockets, which cost less, are blocked"
                )
        );

    private async Task SayHelloAsync(IConnection connection, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            report(await new HelloProbe(options, methods).RunAsync(connection, either.Token));
        }
        catch (Exception e) when (e is CarrierException or RefusedException)
        {
            throw new StepFailedException(WayStep.Hello, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StepFailedException(
                WayStep.Hello,
                $"No answer came within {options.ConnectTimeout.TotalSeconds:0} s: does the Bridge have its Broker?"
            );
        }
    }

    private async Task CheckSilenceAsync(
        HubHttp http,
        bool byWebSocket,
        TimeSpan? silence,
        CancellationToken cancellationToken
    )
    {
        if (silence is not { } wanted)
        {
            report(new WayStep(WayStep.Silence, StepOutcome.Skipped, "not measured; --for 60s measures it"));
            return;
        }

        var survived = await new SilenceCheck(http, byWebSocket, time).RunAsync(wanted, cancellationToken);
        report(survived is { } lived ? OfSilence(lived, wanted) : NoSilence);
    }

    private WayStep OfSilence(TimeSpan lived, TimeSpan wanted)
    {
        if (lived >= wanted)
        {
            return new WayStep(
                WayStep.Silence,
                StepOutcome.Ok,
                $"a silent connection survives {wanted.TotalSeconds:0} s"
            );
        }

        var pings = new Way(SilenceSeconds: lived.TotalSeconds).KeepAlive(options.KeepAliveInterval);
        return new WayStep(
            WayStep.Silence,
            StepOutcome.Warning,
            $"a silent connection is cut after {lived.TotalSeconds:0.#} s; the agent pings every "
                + $"{pings.TotalSeconds:0.#} s there"
        );
    }

    private void Ok(string step, string detail) => report(new WayStep(step, StepOutcome.Ok, detail));

    private static async Task<T> TryAsync<T>(string step, Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception e) when (e is CarrierException or IOException)
        {
            throw new StepFailedException(step, e.Message);
        }
    }

    /// <summary>A step failed; the message says why, and what to do.</summary>
    private sealed class StepFailedException(string step, string message) : Exception(message)
    {
        public string Step => step;
    }
}
