using ScheduleZero.Allocations;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Files;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>What the journal's record of a commit may allocate.</summary>
public sealed class AllocationTests
{
    [Test]
    public void Commits_of_a_job_are_written_to_the_journal_in_few_bytes()
    {
        var added = Given.Job();
        var attempt = Given.Attempt();
        Change[] changes =
        [
            added.Added(),
            new Change.JobAssigned(added.Id, attempt, 1),
            new Change.JobFinished(
                added.Ended(
                    attempts: attempt with
                    {
                        StartedAt = Given.Noon,
                        FinishedAt = Given.Noon,
                        Outcome = AttemptOutcome.Succeeded,
                    }
                ),
                RawJson.Parse("""{"pages":12}""")
            ),
        ];
        var writer = new RecordWriter();
        using var file = new JournalFile(new VoidFile());
        file.Begin(id: 1, generation: 1, first: 1);
        Allocated.AssertAtMost(
            100,
            () =>
            {
                foreach (var change in changes)
                {
                    writer.Clear();
                    ChangeRecord.Write(writer, change);
                    file.Write(file.Last + 1, part: 0, isLast: true, writer.Written);
                    file.Sync();
                }
            }
        );
    }

    /// <summary>A file that holds nothing and costs nothing.</summary>
    private sealed class VoidFile : IDurableFile
    {
        public long Length { get; private set; }

        public int Read(long position, Span<byte> buffer) => 0;

        public void Write(long position, ReadOnlySpan<byte> bytes) =>
            Length = Math.Max(Length, position + bytes.Length);

        public void SetLength(long length) => Length = length;

        public void Sync() { }

        public void Dispose() { }
    }
}
