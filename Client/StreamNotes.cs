namespace ScheduleZero.Client;

/// <summary>What the reader of a stream is told beside what the stream is about.</summary>
public sealed record StreamNotes
{
    /// <summary>Called once, when the stream stands: nothing from then on is missed.</summary>
    public Action? Opened { get; init; }

    /// <summary>Called when something between what came before and what comes next could not be delivered.</summary>
    public Action? Lost { get; init; }

    /// <summary>
    /// Called after what the stream begins with, before what is new, with the instant from which on all of it was
    /// there.
    /// </summary>
    public Action<DateTimeOffset>? Since { get; init; }

    internal void Take(DateTimeOffset? since)
    {
        if (since is { } at)
        {
            Since?.Invoke(at);
        }
        else
        {
            Lost?.Invoke();
        }
    }
}
