using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>The four messages that a handler may say, as inputs.</summary>
internal static class HandlerInputs
{
    /// <param name="speaksForItself">No Bridge in between: the Hello brings the key.</param>
    /// <param name="problem">Why there is no input.</param>
    public static BrokerInput? Read(long connection, MessageKind kind, ReadOnlySpan<byte> body, bool speaksForItself, out string problem)
    {
        string? reason;
        BrokerInput? input = null;
        switch (kind)
        {
            case MessageKind.Report:
                input = ProtocolJson.TryRead<Report>(body, out var report, out reason) ? new BrokerInput.ReportSaid(connection, report) : null;
                break;
            case MessageKind.Heartbeat:
                input = ProtocolJson.TryRead<Heartbeat>(body, out var heartbeat, out reason)
                    ? new BrokerInput.HeartbeatSaid(connection, heartbeat)
                    : null;
                break;
            case MessageKind.Bye:
                input = ProtocolJson.TryRead<Bye>(body, out var bye, out reason) ? new BrokerInput.ByeSaid(connection, bye.Reason) : null;
                break;
            case MessageKind.Hello:
                input = ProtocolJson.TryRead<Hello>(body, out var hello, out reason)
                    ? new BrokerInput.HelloSaid(
                        connection,
                        hello with { ApiKey = null },
                        speaksForItself ? ClaimOf(hello.ApiKey) : null,
                        Guid.CreateVersion7().ToString("N"))
                    : null;
                break;
            default:
                reason = $"A handler does not say {kind}.";
                break;
        }

        problem = reason ?? "";
        return input;
    }

    /// <summary>What a key's text claims; null for one that is no key.</summary>
    public static KeyClaim? ClaimOf(string? apiKey) =>
        ApiKey.TryParse(apiKey, out var key) ? new KeyClaim(key.Id, key.SecretHash()) : null;
}
