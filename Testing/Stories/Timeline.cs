using System.Threading.Channels;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Testing.Time;

namespace ScheduleZero.Testing.Stories;

/// <summary>The entries of a simulation, oldest first. Safe from any thread.</summary>
internal sealed class Timeline(Driver driver)
{
    /// <summary>The most entries; the oldest go when there are more.</summary>
    public const int EntriesMax = 200_000;

    /// <summary>The type of event that the timeline leaves out, since job logs are read with their jobs.</summary>
    private const string Log = "job.log";

    private readonly Lock _gate = new();
    private readonly Queue<TimelineEntry> _entries = new();

    public IReadOnlyList<TimelineEntry> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries];
            }
        }
    }

    public void Add(TimelineEntry entry)
    {
        lock (_gate)
        {
            _entries.Enqueue(entry);
            if (_entries.Count > EntriesMax)
            {
                _entries.Dequeue();
            }
        }

        driver.CountNews();
    }

    public void AddAll(ChannelReader<NumberedEvent> events)
    {
        while (events.TryRead(out var next))
        {
            if (next.Happened.Type != Log)
            {
                Add(Of(next.Happened));
            }
        }
    }

    private static TimelineEntry Of(Happened happened) =>
        new(
            happened.At,
            happened.Type,
            happened.Job?.Spec.Method ?? happened.Subject,
            happened.JobId,
            happened.Handler,
            happened.Detail
        );
}
