namespace ScheduleZero.Zmtp.Wire;

/// <summary>The first 64 bytes that each side of a connection sends (RFC 23).</summary>
internal static class Greeting
{
    public const int Bytes = 64;

    /// <summary>Where the version begins; what stands before it is the signature.</summary>
    public const int VersionAt = 10;

    private const int MechanismAt = 12;
    private const int MechanismBytes = 20;
    private const int AsServerAt = 32;

    public static byte[] Write(Mechanism mechanism, bool isServer)
    {
        var greeting = new byte[Bytes];
        greeting[0] = 0xFF;
        greeting[8] = 1;
        greeting[9] = 0x7F;
        greeting[VersionAt] = 3;
        greeting[VersionAt + 1] = 1;
        NameOf(mechanism).CopyTo(greeting.AsSpan(MechanismAt));
        greeting[AsServerAt] = isServer ? (byte)1 : (byte)0;
        return greeting;
    }

    /// <summary>
    /// Judges as much of a greeting as has come, so that a peer of another protocol is refused before it has sent 64
    /// bytes.
    /// </summary>
    /// <param name="greeting">The bytes that have come: 1 to 64.</param>
    /// <param name="mechanism">The mechanism that is required.</param>
    /// <param name="isServer">Whether this side is the server of the mechanism.</param>
    /// <returns>What is wrong; null when nothing is wrong so far.</returns>
    public static ZmtpException? Judge(ReadOnlySpan<byte> greeting, Mechanism mechanism, bool isServer)
    {
        if (greeting[0] != 0xFF || (greeting.Length >= VersionAt && (greeting[9] & 1) == 0))
        {
            return new ZmtpException(ZmtpFailure.NotZmtp, "The peer does not speak ZMTP 2 or later.");
        }

        if (greeting.Length > VersionAt && greeting[VersionAt] < 3)
        {
            return new ZmtpException(
                mechanism == Mechanism.Null ? ZmtpFailure.OldVersion : ZmtpFailure.PlaintextPeer,
                $"The peer speaks ZMTP {Math.Max(1, (int)greeting[VersionAt])}; 3 is needed."
            );
        }

        return greeting.Length < Bytes ? null : JudgeMechanism(greeting, mechanism, isServer);
    }

    private static ZmtpException? JudgeMechanism(ReadOnlySpan<byte> greeting, Mechanism mechanism, bool isServer)
    {
        var name = greeting.Slice(MechanismAt, MechanismBytes).TrimEnd((byte)0);
        if (!name.SequenceEqual(NameOf(mechanism)))
        {
            return name.SequenceEqual(NameOf(Mechanism.Null))
                ? new ZmtpException(ZmtpFailure.PlaintextPeer, "The peer offers plaintext (NULL); CURVE is needed.")
                : new ZmtpException(
                    ZmtpFailure.OtherMechanism,
                    $"The peer offers another mechanism than {(mechanism == Mechanism.Curve ? "CURVE" : "NULL")}."
                );
        }

        // A server should say that it is one (RFC 23), but NetMQ's does not, so only two servers are refused here.
        return mechanism == Mechanism.Curve && isServer && greeting[AsServerAt] == 1
            ? new ZmtpException(ZmtpFailure.OtherMechanism, "Both sides are servers of CURVE.")
            : null;
    }

    private static ReadOnlySpan<byte> NameOf(Mechanism mechanism) =>
        mechanism == Mechanism.Curve ? "CURVE"u8 : "NULL"u8;
}

/// <summary>How a connection is secured.</summary>
internal enum Mechanism
{
    /// <summary>Plaintext: anyone on the way can read and change everything.</summary>
    Null,

    /// <summary>CURVE: encrypted, both sides know each other's key (RFC 26).</summary>
    Curve,
}
