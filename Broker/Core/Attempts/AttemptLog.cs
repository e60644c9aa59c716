using System.Text;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>Saves the lines that open attempts log, up to a limit for each attempt.</summary>
internal sealed class AttemptLog
{
    /// <summary>What each line counts beside the characters of its text, so that empty lines count too.</summary>
    private const int LineOverhead = 32;

    private long _lastSequence;

    public void Append(OpenAttempt attempt, ReportEvent told, Decision decision)
    {
        // The wall clock's microseconds, forced to grow: the order holds across a start of the Broker without a counter
        // to store.
        _lastSequence = Math.Max(_lastSequence + 1, decision.Now.Wall.UtcTicks / 10);
        var before = attempt.LogCharacters;
        if (before > Limits.LogCharactersPerAttemptMax)
        {
            return; // The limit was noted in the log once: a handler must not fill the disk.
        }

        var message = ReportBounds.Cut(told.Message, Limits.LogMessageLengthMax) ?? "";
        var level = LogLevels.Known(told.Level);
        attempt.LogCharacters += message.Length + LineOverhead;
        if (attempt.LogCharacters > Limits.LogCharactersPerAttemptMax)
        {
            level = LogLevels.Warning;
            message = $"This attempt has logged {before} characters; what it logs from here on is not kept.";
        }

        var slot = attempt.Slot;
        var line = new LogEntry(_lastSequence, attempt.Id.Token, told.At ?? decision.Now.Wall, level, message);
        JobTable.CountStored(slot, Encoding.UTF8.GetByteCount(message) + LineOverhead);
        decision.Changes.Add(new Change.LogAppended(slot.Job.Id, [line]));
        decision.Effects.Add(
            new Effect.Publish(
                new Happened(
                    "job.log",
                    slot.Job.Namespace,
                    slot.Job.Id.ToString(),
                    decision.Now.Wall,
                    slot.Job,
                    slot.Job.Current!.Handler,
                    Lines: [line]
                )
            )
        );
    }
}
