using System.Diagnostics.Metrics;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Telemetry;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Edges;
using ScheduleZero.Sealing;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// Counts, logs and notes messages of sealed sessions that were refused. Lines and notes are bounded, since a captured
/// Bridge can cause them. Used only on the socket's thread.
/// </summary>
internal sealed class SealRefusals : IDisposable
{
    public const string RefusedName = "schedulezero.broker.sealed.refused";

    /// <summary>How many refusals get an event of their own in the audit log in a minute.</summary>
    public const int NotedPerMinute = 60;

    private const string Action = "sessions:unseal";

    private readonly IBrokerEdge _edge;
    private readonly StrangerLines _lines;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Meter _meter = new(BrokerMeter.Name);
    private readonly Counter<long> _refused;
    private readonly RefusalBudget _noted = new(NotedPerMinute);
    private readonly long _started;

    public SealRefusals(IBrokerEdge edge, StrangerLines lines, TimeProvider time, ILogger logger)
    {
        (_edge, _lines, _time, _logger) = (edge, lines, time, logger);
        _started = time.GetTimestamp();
        _refused = _meter.CreateCounter<long>(
            RefusedName,
            "{message}",
            "Messages of sealed sessions that were refused, by why."
        );
    }

    /// <summary>Counts, logs and notes one refused message.</summary>
    /// <returns>What the handler is told.</returns>
    public string Refuse(ConnectionTarget target, SealFault fault)
    {
        _refused.Add(1, new KeyValuePair<string, object?>("why", SealFaults.Word(fault)));
        var (keyId, bridge) = (target.Seal.KeyId ?? "none", target.Peer.Link?.Name ?? "none");
        if (_lines.MayWrite("messages of sealed sessions that were refused", null))
        {
            _logger.SealedRefused(SealFaults.Text(fault), keyId, bridge);
        }

        if (_noted.TryTake(_time.GetElapsedTime(_started)))
        {
            Put(SealFaults.Word(fault), $"key:{keyId}");
        }

        return $"{SealFaults.Text(fault)} Say Hello again.";
    }

    /// <summary>Writes how many refusals got no event, once their minute is over. Called every few seconds.</summary>
    public void Sweep()
    {
        if (_noted.TakeMissed(_time.GetElapsedTime(_started)) is > 0 and var missed)
        {
            Put($"{missed} more refused messages", null);
        }
    }

    public void Dispose() => _meter.Dispose();

    private void Put(string reason, string? key) =>
        _edge.Put(
            new BrokerInput.Noted
            {
                Audit = new AuditNote
                {
                    Actor = AuditNote.Anonymous,
                    Action = Action,
                    Object = key,
                    Outcome = AuditOutcomes.Denied,
                    Reason = reason,
                },
            }
        );
}
