using System.Security.Cryptography;
using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>The messages that a handler may say, as inputs.</summary>
internal static class HandlerInputs
{
    /// <param name="speaksForItself">No Bridge in between: the Hello brings the key.</param>
    /// <param name="problem">Why there is no input.</param>
    public static BrokerInput? Read(
        long connection,
        MessageKind kind,
        ReadOnlySpan<byte> body,
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

        problem = "";
        return message switch
        {
            Report report => new BrokerInput.ReportSaid(connection, report),
            Heartbeat heartbeat => new BrokerInput.HeartbeatSaid(connection, heartbeat),
            Ran ran => copies.Read(connection, ran),
            Bye bye => new BrokerInput.ByeSaid(connection, bye.Reason),
            Hello hello => new BrokerInput.HelloSaid(
                connection,
                hello with
                {
                    ApiKey = null,
                },
                speaksForItself ? ClaimOf(hello.ApiKey) : null,
                Guid.CreateVersion7().ToString("N"),
                NewStep()
            ),
            Challenge challenge => new BrokerInput.ChallengeSaid(connection, challenge.KeyId, BridgeProofs.NewNonce()),
            Enrol enrol => new BrokerInput.EnrolSaid(
                connection,
                enrol,
                ApiKey.Generate().Id,
                Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
                NewStep()
            ),
            Rotate rotate => new BrokerInput.RotateSaid(connection, rotate, ApiKey.Generate().Id, NewStep()),
            _ => throw new InvalidOperationException($"No input is made of what a handler says with {kind}."),
        };
    }

    /// <summary>Whether a connection may begin with it.</summary>
    public static bool IsFirst(MessageKind kind) =>
        kind is MessageKind.Hello or MessageKind.Challenge or MessageKind.Enrol;

    // Of 30 bits: whoever knows an old generation does not hit the newest by guessing.
    private static int NewStep() => RandomNumberGenerator.GetInt32(1, 1 << 30);

    /// <summary>What a key's text claims; null for one that is no key.</summary>
    public static KeyClaim? ClaimOf(string? apiKey) =>
        ApiKey.TryParse(apiKey, out var key) ? new KeyClaim(key.Id, key.SecretHash()) : null;
}
