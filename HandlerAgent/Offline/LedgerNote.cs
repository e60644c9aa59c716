using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>Something that happened to an occurrence and is to be written to the journal.</summary>
internal abstract record LedgerNote(Occurrence Occurrence)
{
    /// <summary>Makes the record for the journal.</summary>
    /// <param name="copy">The number of the occurrence's copy in the journal.</param>
    public abstract JournalRecord ToRecord(int copy);

    public sealed record Begun(Occurrence Occurrence, int Attempt, DateTimeOffset At) : LedgerNote(Occurrence)
    {
        public override JournalRecord ToRecord(int copy) =>
            new JournalRecord.Begun(copy, Occurrence.Nominal, Attempt, At);
    }

    public sealed record Failed(
        Occurrence Occurrence,
        AttemptError Error,
        DateTimeOffset RetryAt,
        IReadOnlyList<OfflineLogLine>? Log
    ) : LedgerNote(Occurrence)
    {
        public override JournalRecord ToRecord(int copy) =>
            new JournalRecord.Failed(copy, Occurrence.Nominal, Error, RetryAt, Log);
    }

    public sealed record Ended(Occurrence Occurrence, OfflineRun Run) : LedgerNote(Occurrence)
    {
        public override JournalRecord ToRecord(int copy) => new JournalRecord.Ended(copy, Run);
    }
}
