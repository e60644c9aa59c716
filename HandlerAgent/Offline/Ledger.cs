using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Triggers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// The occurrences that were begun here and that the Broker has not confirmed, in memory and in the journal. How an
/// occurrence ended stays on the disk, and is read when it is reported.
/// The lock of the <see cref="OfflineCustodian"/> guards every member; the type has no lock of its own.
/// </summary>
internal sealed class Ledger : IDisposable
{
    /// <summary>The length below which a journal is not compacted, since that is not worth the work.</summary>
    private const long CompactedBytesMin = 1024 * 1024;

    private readonly CustodianId _custodian;

    /// <summary>The occurrences that the Broker has not confirmed, by the id of their job.</summary>
    private readonly Dictionary<JobId, LedgerEntry> _entries = [];

    /// <summary>The copies of schedules that lines of the journal refer to, by their number there.</summary>
    private readonly Dictionary<int, LedgerCopy> _copies = [];

    /// <summary>The same copies by their signature.</summary>
    private readonly Dictionary<string, LedgerCopy> _copiesBySignature = new(StringComparer.Ordinal);

    private readonly Journal _journal;

    /// <summary>The number of bytes of the journal that are still needed.</summary>
    private long _liveBytes;

    /// <summary>Opens the journal and restores the occurrences in it.</summary>
    /// <exception cref="IOException">The journal cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The journal may not be opened.</exception>
    public Ledger(string path, CustodianId custodian, Func<string, JournalFile> open, ILogger logger)
    {
        _custodian = custodian;
        _journal = Journal.Open(path, open, Restore, logger);
    }

    /// <summary>The length of the journal in bytes.</summary>
    public long Length => _journal.Length;

    /// <summary>The occurrences that the Broker has not confirmed, ended or not.</summary>
    public IReadOnlyCollection<LedgerEntry> Entries => _entries.Values;

    public bool TryFind(JobId id, [NotNullWhen(true)] out LedgerEntry? entry) => _entries.TryGetValue(id, out entry);

    /// <summary>Writes all notes or none. The notes are on the disk when the method returns.</summary>
    /// <returns>The entries that the notes belong to, in the same order.</returns>
    /// <exception cref="IOException">Nothing was written.</exception>
    public IReadOnlyList<LedgerEntry> Write(IReadOnlyList<LedgerNote> notes)
    {
        var made = notes
            .Select(note => note.Occurrence.Copy)
            .Where(copy => !_copiesBySignature.ContainsKey(SignatureOf(copy)))
            .DistinctBy(SignatureOf)
            .ToList();
        var first = _copies.Count == 0 ? 1 : _copies.Keys.Max() + 1;
        var numbers = made.Select((copy, i) => (SignatureOf(copy), Number: first + i))
            .ToDictionary(StringComparer.Ordinal);
        List<JournalRecord> records =
        [
            .. made.Select(copy => new JournalRecord.CopyKept(numbers[SignatureOf(copy)], copy.Signed)),
            .. notes.Select(note => note.ToRecord(NumberOf(note.Occurrence.Copy))),
        ];
        var lines = _journal.Append(records);
        for (var i = 0; i < made.Count; i++)
        {
            Add(new LedgerCopy(first + i, made[i], lines[i]));
        }

        return [.. notes.Select((note, i) => Apply(note, lines[made.Count + i]))];

        int NumberOf(VerifiedCopy copy) =>
            _copiesBySignature.TryGetValue(SignatureOf(copy), out var known)
                ? known.Number
                : numbers[SignatureOf(copy)];
    }

    /// <summary>Reads how an occurrence ended.</summary>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    public OfflineRun Read(LedgerEntry ended) => ((JournalRecord.Ended)_journal.Read(ended.Lines[^1])).Run;

    /// <summary>Removes occurrences that the Broker has stored, or has refused.</summary>
    /// <exception cref="IOException">The occurrences are still there.</exception>
    public void Remove(Guid scheduleId, IReadOnlyList<LedgerEntry> entries)
    {
        if (entries.Count == _entries.Count)
        {
            _journal.Clear();
            _entries.Clear();
            _copies.Clear();
            _copiesBySignature.Clear();
            _liveBytes = 0;
            return;
        }

        _journal.Append([new JournalRecord.Forgotten(scheduleId, [.. entries.Select(entry => entry.Nominal)])]);
        foreach (var entry in entries)
        {
            Remove(entry);
        }
    }

    /// <summary>Makes the journal shorter if it is long and most of it is not needed any more.</summary>
    /// <exception cref="IOException">The journal is as long as before; nothing is lost.</exception>
    public void CompactIfNeeded()
    {
        if (_journal.Length >= CompactedBytesMin && _liveBytes < _journal.Length / 2)
        {
            Compact();
        }
    }

    public void Dispose() => _journal.Dispose();

    private static string SignatureOf(VerifiedCopy copy) => copy.Signed.Copy.Signature;

    private bool Restore(JournalSpan line, JournalRecord record)
    {
        switch (record)
        {
            case JournalRecord.CopyKept kept
                when VerifiedCopy.TryRead(kept.Signed, _custodian, out _) is { } copy
                    && !_copies.ContainsKey(kept.Number):
                Add(new LedgerCopy(kept.Number, copy, line));
                return true;
            case JournalRecord.Begun begun when _copies.TryGetValue(begun.Copy, out var copy):
                Restored(copy, begun.Nominal, line).Begin(begun.Attempt, begun.At);
                return true;
            case JournalRecord.Failed failed when _copies.TryGetValue(failed.Copy, out var copy):
                Restored(copy, failed.Nominal, line).Fail(failed.Error, failed.RetryAt, failed.Log);
                return true;
            case JournalRecord.Ended ended when _copies.TryGetValue(ended.Copy, out var copy):
                End(EntryOf(copy, ended.Run.Nominal), line);
                return true;
            case JournalRecord.Forgotten forgotten:
                foreach (var nominal in forgotten.Nominals)
                {
                    if (
                        _entries.TryGetValue(
                            OccurrenceId.Of(new ScheduleId(forgotten.ScheduleId), nominal),
                            out var entry
                        )
                    )
                    {
                        Remove(entry);
                    }
                }

                return true;
            default:
                return false;
        }
    }

    private Occurrence Restored(LedgerCopy copy, DateTimeOffset nominal, JournalSpan line)
    {
        var entry = EntryOf(copy, nominal);
        AddLine(entry, line);
        return entry.UnderWay ??= new Occurrence(copy.Copy, nominal, entry.Id, nominal, nominal);
    }

    private LedgerEntry Apply(LedgerNote note, JournalSpan line)
    {
        var occurrence = note.Occurrence;
        var entry = EntryOf(_copiesBySignature[SignatureOf(occurrence.Copy)], occurrence.Nominal);
        if (note is LedgerNote.Ended)
        {
            End(entry, line);
        }
        else
        {
            AddLine(entry, line);
            entry.UnderWay = occurrence;
        }

        return entry;
    }

    private LedgerEntry EntryOf(LedgerCopy copy, DateTimeOffset nominal)
    {
        var id = OccurrenceId.Of(new ScheduleId(copy.Copy.Schedule.ScheduleId), nominal);
        if (!_entries.TryGetValue(id, out var entry))
        {
            entry = new LedgerEntry(id, copy, nominal);
            _entries.Add(id, entry);
            copy.Uses++;
        }

        return entry;
    }

    private void Add(LedgerCopy copy)
    {
        _copies.Add(copy.Number, copy);
        _copiesBySignature[SignatureOf(copy.Copy)] = copy;
        _liveBytes += copy.Line.Length;
    }

    private void AddLine(LedgerEntry entry, JournalSpan line)
    {
        entry.Lines.Add(line);
        _liveBytes += line.Length;
    }

    private void End(LedgerEntry entry, JournalSpan line)
    {
        _liveBytes -= entry.Lines.Sum(earlier => (long)earlier.Length);
        entry.Lines.Clear();
        AddLine(entry, line);
        (entry.HasEnded, entry.UnderWay) = (true, null);
    }

    private void Remove(LedgerEntry entry)
    {
        _entries.Remove(entry.Id);
        entry.Copy.Uses--;
        _liveBytes -= entry.Lines.Sum(line => (long)line.Length);
    }

    private void Compact()
    {
        foreach (var unused in _copies.Values.Where(copy => copy.Uses == 0).ToList())
        {
            _copies.Remove(unused.Number);
            _copiesBySignature.Remove(SignatureOf(unused.Copy));
            _liveBytes -= unused.Line.Length;
        }

        // The lines stay in the order in which they were written, so that a copy comes before lines that refer to it.
        var copies = _copies.Values.OrderBy(copy => copy.Line.Position).ToList();
        var lines = _entries
            .Values.SelectMany(entry => entry.Lines.Select((line, i) => (Entry: entry, i, Line: line)))
            .OrderBy(line => line.Line.Position)
            .ToList();
        _journal.RewriteWith(
            [.. copies.Select(copy => copy.Line), .. lines.Select(line => line.Line)],
            kept =>
            {
                for (var i = 0; i < copies.Count; i++)
                {
                    copies[i].Line = kept[i];
                }

                for (var i = 0; i < lines.Count; i++)
                {
                    lines[i].Entry.Lines[lines[i].i] = kept[copies.Count + i];
                }
            }
        );
    }
}
