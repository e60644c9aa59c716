using System.Diagnostics.CodeAnalysis;
using System.Net;
using ScheduleZero.Edges;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Broker.Host.Doors;

/// <summary>Where the door listens and dials, and its bounds.</summary>
internal sealed record DoorOptions
{
    public required IReadOnlyList<DoorEndpoint> Endpoints { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>A number from [0, 1), for the waits between attempts to dial.</summary>
    public required Func<double> Draw { get; init; }

    /// <summary>Whether an address may connect at all.</summary>
    public Func<IPAddress, bool> IsAdmitted { get; init; } = _ => true;

    /// <summary>
    /// The CURVE keys of clients that may connect and stay; null where any may, or nothing is encrypted.
    /// </summary>
    public CurveClients? Clients { get; init; }

    public ZmtpLimits Limits { get; init; } = new();

    public ListenerLimits Listening { get; init; } = new();

    /// <summary>
    /// How long a connection may lead to nobody who has proved who it is: from its beginning, and from the end of the
    /// last session or link on it. Then it is ended.
    /// </summary>
    public TimeSpan UnprovedMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Messages of all connections that wait for the ROUTER; with more, connections are not read.</summary>
    public int WaitingMessagesMax { get; init; } = 4_096;

    /// <summary>Bytes of those messages; with more, connections are not read.</summary>
    public long WaitingBytesMax { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// A ROUTER talks to the DEALERs of handlers and Bridges, and to ROUTERs and REQs as ZeroMQ has it.
    /// </summary>
    public ZmtpOptions Zmtp => new("ROUTER", ["DEALER", "ROUTER", "REQ"], Limits, Time);
}

/// <summary>One address of the door.</summary>
/// <param name="Dials">Whether the door dials the address, in place of listening at it.</param>
/// <param name="Security">What connections are secured with: one way when listening; when dialling, one for each key
/// that the server may have.</param>
internal sealed record DoorEndpoint(ZmtpEndpoint Address, bool Dials, IReadOnlyList<ZmtpSecurity> Security)
{
    /// <summary>Reads <c>tcp://host:port</c>, to listen at, or <c>&gt;tcp://host:port</c>, to dial.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ZmtpEndpoint? address, out bool dials)
    {
        dials = text.StartsWith('>');
        return ZmtpEndpoint.TryParse(dials ? text[1..] : text, out address)
            && !(dials && (address.Port == 0 || address.Host == "*"));
    }
}
