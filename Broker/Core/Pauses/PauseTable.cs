using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core.Pauses;

/// <summary>
/// Holds every pause, and closes the gates of what is paused. The timer of a pause fires when the pause is to end.
/// </summary>
internal sealed class PauseTable(Dispatcher dispatcher, TimerHeap wall)
{
    private readonly Dictionary<(string Namespace, PauseSubject Subject, string Name), Slot> _slots = [];

    /// <summary>The place of one pause, with its timer.</summary>
    public sealed class Slot(PauseRecord record) : Timed
    {
        public PauseRecord Record { get; } = record;
    }

    public IEnumerable<PauseRecord> In(string ns) =>
        _slots.Values.Select(slot => slot.Record).Where(record => record.Namespace == ns);

    public PauseRecord? OfMethod(string ns, string method) =>
        _slots.GetValueOrDefault((ns, PauseSubject.Method, method))?.Record;

    public void Restore(PauseRecord record) => Put(record);

    /// <summary>Begins a pause, or takes the place of one of the same subject.</summary>
    public void Save(PauseRecord record, Decision decision)
    {
        Put(record);
        decision.Changes.Add(new Change.PauseSaved(record));
        Publish("method.paused", record, record.Reason, decision);
    }

    /// <summary>Ends a pause: what waited goes on in this turn.</summary>
    public void End(PauseRecord record, Decision decision)
    {
        if (!_slots.Remove(KeyOf(record), out var slot))
        {
            return;
        }

        TimerHeap.Clear(slot);
        SetGate(record, isPaused: false);
        decision.Changes.Add(new Change.PauseEnded(record.Namespace, record.Subject, record.Name));
        Publish("method.resumed", record, null, decision);
    }

    private void Put(PauseRecord record)
    {
        if (_slots.Remove(KeyOf(record), out var before))
        {
            TimerHeap.Clear(before);
        }

        var slot = new Slot(record);
        _slots[KeyOf(record)] = slot;
        SetGate(record, isPaused: true);
        if (record.Until is { } until)
        {
            wall.Set(slot, until.UtcTicks);
        }
    }

    private void SetGate(PauseRecord record, bool isPaused)
    {
        switch (record.Subject)
        {
            case PauseSubject.Method:
                dispatcher.SetPaused(record.Namespace, record.Name, isPaused);
                break;
            default:
                throw new InvalidOperationException($"A pause of {record.Subject} is not known here.");
        }
    }

    private static (string Namespace, PauseSubject Subject, string Name) KeyOf(PauseRecord record) =>
        (record.Namespace, record.Subject, record.Name);

    private static void Publish(string type, PauseRecord record, string? detail, Decision decision) =>
        decision.Effects.Add(
            new Effect.Publish(new Happened(type, record.Namespace, record.Name, decision.Now.Wall, Detail: detail))
        );
}
