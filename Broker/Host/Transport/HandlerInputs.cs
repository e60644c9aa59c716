using System.Security.Cryptography;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>Makes inputs of the messages that a handler may say.</summary>
internal static class HandlerInputs
{
    /// <summary>The input for a message; null, with the problem, for a message that makes no sense.</summary>
    /// <param name="seal">The hash of the handshake in which the message was sealed; null for one that was not.</param>
    /// <param name="speaksForItself">
    /// Whether the handler speaks without a Bridge, so that its Hello contains its key.
    /// </param>
    public static BrokerInput? Read(
        long connection,
        MessageKind kind,
        ReadOnlySpan<byte> body,
        string? seal,
        bool speaksForItself,
        OfflineCopies copies,
        out string problem
    )
    {
        if (MessageKinds.RouteOf(kind) != MessageRoute.HandlerToBroker)
        {
            problem = $"A handler does not say {kind}.";
            return null;
        }

        if (!ProtocolJson.TryRead(kind, body, out var message, out var unreadable))
        {
            problem = unreadable!;
            return null;
        }

        if (message is Enrol { CurveKey: { } curveKey } && !CurvePublicKey.TryParse(curveKey, out _))
        {
            problem = "curveKey is no public CURVE key of 40 characters.";
            return null;
        }

        problem = "";
        return message is Ran ran ? copies.Read(connection, ran) : InputOf(connection, message, seal, speaksForItself);
    }

    private static BrokerInput.Said InputOf(long connection, IMessage message, string? seal, bool speaksForItself) =>
        message switch
        {
            Report report => new BrokerInput.ReportSaid(connection, report),
            Heartbeat heartbeat => new BrokerInput.HeartbeatSaid(connection, heartbeat),
            Bye bye => new BrokerInput.ByeSaid(connection, bye.Reason),
            Hello hello => new BrokerInput.HelloSaid(
                connection,
                hello with
                {
                    ApiKey = null,
                },
                speaksForItself ? ClaimOf(hello.ApiKey) : null,
                Guid.CreateVersion7().ToString("N"),
                NewStep(),
                seal
            ),
            Challenge challenge => new BrokerInput.ChallengeSaid(
                connection,
                challenge.KeyId,
                BridgeProofs.NewNonce(),
                challenge.Seal
            ),
            Enrol enrol => new BrokerInput.EnrolSaid(
                connection,
                enrol,
                ApiKey.Generate().Id,
                Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
                NewStep()
            ),
            Rotate rotate => new BrokerInput.RotateSaid(connection, rotate, ApiKey.Generate().Id, NewStep(), seal),
            _ => throw new InvalidOperationException($"No input is made of what a handler says with {message.Kind}."),
        };

    /// <summary>Whether a connection may begin with a message of this kind.</summary>
    public static bool IsFirst(MessageKind kind) =>
        kind is MessageKind.Hello or MessageKind.Challenge or MessageKind.Enrol;

    // A random step of 30 bits, so that whoever knows an old generation cannot guess the newest.
    private static int NewStep() => RandomNumberGenerator.GetInt32(1, 1 << 30);

    /// <summary>The claim in the text of an API key; null for a text that is no key.</summary>
    public static KeyClaim? ClaimOf(string? apiKey) =>
        ApiKey.TryParse(apiKey, out var key) ? new KeyClaim(key.Id, key.SecretHash()) : null;
}
