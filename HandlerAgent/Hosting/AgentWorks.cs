using ScheduleZero.HandlerAgent.Attempts;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Offline;

namespace ScheduleZero.HandlerAgent;

/// <summary>Puts the parts of an agent together. The owner says on which threads they run.</summary>
internal sealed class AgentWorks : IDisposable
{
    /// <summary>Puts the parts together.</summary>
    /// <param name="run">Begins to run an attempt; null for the thread pool.</param>
    public AgentWorks(AgentParts parts, Action<HeldAttempt>? run = null)
    {
        Book = run is null
            ? new AttemptBook(parts.Methods, parts.Options, parts.Scopes, parts.Time, parts.Logger)
            : new AttemptBook(parts.Methods, parts.Options, parts.Scopes, parts.Time, parts.Logger) { Run = run };
        Offline = parts.Offline is { } folder ? new OfflineCustodian(folder, parts, Book) : null;
        Pacer = new HeartbeatPacer(parts.Time, parts.Logger);
        var hello = new HelloMaker(parts.Options, parts.Methods, Book, parts.Identity, Offline, parts.Logger);
        Loop = new ConnectionLoop(
            parts.Options,
            parts.Carrier,
            Book,
            hello,
            Offline,
            Pacer,
            parts.Time,
            parts.Chance,
            parts.Logger
        );
    }

    public AttemptBook Book { get; }

    public OfflineCustodian? Offline { get; }

    public HeartbeatPacer Pacer { get; }

    public ConnectionLoop Loop { get; }

    /// <summary>Closes the agent's files. The owner disposes the pacer.</summary>
    public void Dispose() => Offline?.Dispose();
}
