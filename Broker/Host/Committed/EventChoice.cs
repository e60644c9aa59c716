using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Committed;

/// <summary>
/// A choice of the broker events of one namespace. An event must pass every filter that is set. Lines of job logs are
/// never chosen: these have streams of their own, and would drown the other events.
/// </summary>
/// <param name="Namespace">The namespace of the events.</param>
internal sealed record EventChoice(string Namespace)
{
    /// <summary>The type of log lines.</summary>
    public const string LogType = "job.log";

    /// <summary>The types or kinds of which an event must have one; null for all.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>The method that the event is about, or that its job calls; null for all events.</summary>
    public string? Method { get; init; }

    public string? Handler { get; init; }

    /// <summary>The schedule that the event is about, or that made its job; null for all events.</summary>
    public string? Schedule { get; init; }

    /// <summary>The id of the job that the event is about; null for all events.</summary>
    public string? Job { get; init; }

    public bool Passes(Happened happened) =>
        happened.Namespace == Namespace
        && happened.Type != LogType
        && HasType(happened.Type)
        && (Method is null || HeldEvent.MethodOf(happened) == Method)
        && (Handler is null || happened.Handler == Handler)
        && (Job is null || happened.Subject == Job)
        && (Schedule is null || HeldEvent.ScheduleOf(happened) == Schedule);

    public bool Passes(HeldEvent held) =>
        HasType(held.Type)
        && (Method is null || held.Method == Method)
        && (Handler is null || held.Handler == Handler)
        && (Job is null || held.Subject == Job)
        && (Schedule is null || held.Schedule == Schedule);

    private bool HasType(string type)
    {
        if (Types is null)
        {
            return true;
        }

        foreach (var wanted in Types)
        {
            if (
                type.StartsWith(wanted, StringComparison.Ordinal)
                && (type.Length == wanted.Length || type[wanted.Length] == '.')
            )
            {
                return true;
            }
        }

        return false;
    }
}
