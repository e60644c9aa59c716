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
        string? reason;
        BrokerInput? input = null;
        switch (kind)
        {
            case MessageKind.Report:
                input = ProtocolJson.TryRead<Report>(body, out var report, out reason)
                    ? new BrokerInput.ReportSaid(connection, report)
                    : null;
                break;
            case MessageKind.Heartbeat:
                input = ProtocolJson.TryRead<Heartbeat>(body, out var heartbeat, out reason)
                    ? new BrokerInput.HeartbeatSaid(connection, heartbeat)
                    : null;
                break;
            case MessageKind.Ran:
                input = ProtocolJson.TryRead<Ran>(body, out var ran, out reason) ? copies.Read(connection, ran) : null;
                break;
            case MessageKind.Bye:
                input = ProtocolJson.TryRead<Bye>(body, out var bye, out reason)
                    ? new BrokerInput.ByeSaid(connection, bye.Reason)
                    : null;
                break;
            case MessageKind.Hello:
                input = ProtocolJson.TryRead<Hello>(body, out var hello, out reason)
                    ? new BrokerInput.HelloSaid(
                        connection,
                        hello with
                        {
                            ApiKey = null,
                        },
                        speaksForItself ? ClaimOf(hello.ApiKey) : null,
                        Guid.CreateVersion7().ToString("N"),
                        NewStep()
                    )
                    : null;
                break;
            case MessageKind.Challenge:
                input = ProtocolJson.TryRead<Challenge>(body, out var challenge, out reason)
                    ? new BrokerInput.ChallengeSaid(connection, challenge.KeyId, BridgeProofs.NewNonce())
                    : null;
                break;
            case MessageKind.Enrol:
                input = ProtocolJson.TryRead<Enrol>(body, out var enrol, out reason)
                    ? new BrokerInput.EnrolSaid(
                        connection,
                        enrol,
                        ApiKey.Generate().Id,
                        Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
                        NewStep()
                    )
                    : null;
                break;
            case MessageKind.Rotate:
                input = ProtocolJson.TryRead<Rotate>(body, out var rotate, out reason)
                    ? new BrokerInput.RotateSaid(connection, rotate, ApiKey.Generate().Id, NewStep())
                    : null;
                break;
            default:
                reason = $"A handler does not say {kind}.";
                break;
        }

        problem = reason ?? "";
        return input;
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
