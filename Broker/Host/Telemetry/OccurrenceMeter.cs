using System.Diagnostics.Metrics;
using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Telemetry;

/// <summary>Counts how the instants of schedules were served, by outcome and namespace.</summary>
internal sealed class OccurrenceMeter : IDisposable
{
    public const string Name = "schedulezero.broker.occurrences";
    public const string OutcomeTag = "outcome";
    public const string NamespaceTag = "namespace";

    private readonly Meter _meter = new(BrokerMeter.Name);
    private readonly Counter<long> _occurrences;

    public OccurrenceMeter() =>
        _occurrences = _meter.CreateCounter<long>(
            Name,
            "{occurrence}",
            "Instants of schedules that were served, by outcome."
        );

    public void Count(Happened happened)
    {
        var outcome = happened.Type switch
        {
            "schedule.fired" => "fired",
            "schedule.queued" => "queued",
            "schedule.missed" => "missed",
            "schedule.excluded" => "excluded",
            _ => null,
        };
        if (outcome is not null)
        {
            _occurrences.Add(happened.Count, new(OutcomeTag, outcome), new(NamespaceTag, happened.Namespace));
        }
    }

    public void Dispose() => _meter.Dispose();
}
