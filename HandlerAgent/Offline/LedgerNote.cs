using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>What is to be put down of an occurrence.</summary>
internal abstract record LedgerNote(Occurrence Occurrence)
{
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
