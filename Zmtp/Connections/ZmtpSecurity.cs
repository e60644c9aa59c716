using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>What a connection must be secured with. A peer that offers anything else is refused.</summary>
internal abstract record ZmtpSecurity
{
    private ZmtpSecurity() { }

    /// <summary>Nothing: for loopback, or where somebody else encrypts.</summary>
    public sealed record Plaintext : ZmtpSecurity;

    /// <summary>CURVE, as the server.</summary>
    /// <param name="Keys">The server's keys: one, or two while the old one is being replaced. A client chooses by the
    /// key that it knows. Asked anew at each connection.</param>
    /// <param name="IsAllowed">Whether the client with this key may come in.</param>
    public sealed record CurveServer(Func<IReadOnlyList<CurveKeyPair>> Keys, Func<CurvePublicKey, bool> IsAllowed)
        : ZmtpSecurity;

    /// <summary>CURVE, as the client.</summary>
    /// <param name="Server">The key that the server must have.</param>
    public sealed record CurveClient(CurveKeyPair Key, CurvePublicKey Server) : ZmtpSecurity;
}
