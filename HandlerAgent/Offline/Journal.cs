using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// A file of records in the order in which they were written. Records whose append has returned survive a power cut; an
/// append that was interrupted is cut off when the journal is opened next. Not safe by itself: the lock of the
/// <see cref="OfflineCustodian"/> guards every member.
/// </summary>
internal sealed class Journal : IDisposable
{
    private const int LineBytesMax = 16 * 1024 * 1024;

    private readonly string _path;
    private readonly Func<string, JournalFile> _open;
    private JournalFile _file;

    /// <summary>Whether bytes of an append that failed may lie behind the end.</summary>
    private bool _isRagged;

    private Journal(string path, Func<string, JournalFile> open) => (_path, _open, _file) = (path, open, open(path));

    /// <summary>The length in bytes, up to the end of the last whole record.</summary>
    public long Length { get; private set; }

    /// <summary>Opens a journal, and reads its records.</summary>
    /// <param name="open">Opens the file. A test may give one that fails.</param>
    /// <param name="read">
    /// Receives the records, the oldest first; returns false for a record that makes no sense after those before it.
    /// </param>
    /// <exception cref="IOException">The file cannot be opened, or a damaged part cannot be moved aside.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public static Journal Open(
        string path,
        Func<string, JournalFile> open,
        Func<JournalSpan, JournalRecord, bool> read,
        ILogger logger
    )
    {
        var journal = new Journal(path, open);
        try
        {
            journal.ReadAll(read, logger);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Appends all records or none. The records are on the disk when the method returns.</summary>
    /// <returns>Where the records stand, in the same order.</returns>
    /// <exception cref="IOException">No record was appended.</exception>
    public IReadOnlyList<JournalSpan> Append(IReadOnlyList<JournalRecord> records)
    {
        var lines = new ArrayBufferWriter<byte>();
        var spans = new List<JournalSpan>(records.Count);
        foreach (var record in records)
        {
            var position = Length + lines.WrittenCount;
            spans.Add(new JournalSpan(position, JournalLine.Write(record, lines)));
        }

        if (_isRagged)
        {
            _file.Cut(Length); // Removes the bytes that a failed write left behind.
        }

        _isRagged = true;
        _file.Write(Length, lines.WrittenSpan);
        _isRagged = false;
        Length += lines.WrittenCount;
        return spans;
    }

    /// <summary>Reads one record.</summary>
    /// <exception cref="IOException">The record cannot be read, or is damaged.</exception>
    public JournalRecord Read(JournalSpan span) =>
        TryRead(span) ?? throw new IOException($"{_path} is damaged at byte {span.Position}.");

    /// <summary>Removes all records.</summary>
    /// <exception cref="IOException">The journal is as it was.</exception>
    public void Clear()
    {
        _file.Cut(0);
        (_isRagged, Length) = (false, 0);
    }

    /// <summary>Rewrites the journal with only these lines, in this order.</summary>
    /// <param name="moved">Called with the places where the lines stand now.</param>
    /// <exception cref="IOException">
    /// Without a call of <paramref name="moved"/> the journal is as it was. After such a call it may be as it was again
    /// after a power cut.
    /// </exception>
    public void RewriteWith(IReadOnlyList<JournalSpan> lines, Action<IReadOnlyList<JournalSpan>> moved)
    {
        var kept = new List<JournalSpan>(lines.Count);
        var length = 0L;
        var draft = WholeFile.DraftOf(_path);
        try
        {
            using (
                var stream = new FileStream(
                    draft,
                    WholeFile.Options(FileMode.CreateNew, FileAccess.Write, FileShare.None)
                )
            )
            {
                using var buffered = new BufferedStream(stream, 64 * 1024);
                foreach (var line in lines)
                {
                    buffered.Write(ReadBytes(line));
                    kept.Add(line with { Position = length });
                    length += line.Length;
                }

                buffered.Flush();
                stream.Flush(flushToDisk: true);
            }

            Become(draft, length);
            moved(kept);
            Folders.FlushToDisk(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    public void Dispose() => _file.Dispose();

    private void Become(string draft, long length)
    {
        var next = _open(draft);
        try
        {
            File.Move(draft, _path, overwrite: true);
        }
        catch
        {
            next.Dispose();
            throw;
        }

        _file.Dispose();
        (_file, _isRagged, Length) = (next, false, length);
    }

    private byte[] ReadBytes(JournalSpan span)
    {
        var bytes = new byte[span.Length];
        var read = 0;
        while (read < bytes.Length && _file.Read(span.Position + read, bytes.AsSpan(read)) is > 0 and var more)
        {
            read += more;
        }

        return read == bytes.Length
            ? bytes
            : throw new IOException($"{_path} ends within the line at byte {span.Position}.");
    }

    private void ReadAll(Func<JournalSpan, JournalRecord, bool> read, ILogger logger)
    {
        var end = _file.Length;
        foreach (var line in Lines(end))
        {
            if (TryRead(line) is not { } record || !read(line, record))
            {
                CutOff(line, end, logger);
                return;
            }

            Length = line.Position + line.Length;
        }
    }

    private JournalRecord? TryRead(JournalSpan line)
    {
        try
        {
            return line.Length > LineBytesMax ? null : JournalLine.Read(ReadBytes(line));
        }
        catch (JsonException)
        {
            return null; // The record of a later version.
        }
    }

    // The newest line may be the rest that a power cut left. Anything else is damage that a person may want to see.
    private void CutOff(JournalSpan bad, long end, ILogger logger)
    {
        if (bad.Position + bad.Length >= end)
        {
            logger.TailCutOff(_path, bad.Length);
        }
        else
        {
            var aside = $"{_path}.damaged-{bad.Position}-{Guid.NewGuid():N}";
            CopyAside(aside, bad.Position, end);
            logger.JournalDamaged(_path, bad.Position, aside);
        }

        _file.Cut(bad.Position);
    }

    private void CopyAside(string aside, long from, long end)
    {
        using (
            var stream = new FileStream(aside, WholeFile.Options(FileMode.CreateNew, FileAccess.Write, FileShare.None))
        )
        {
            var buffer = new byte[64 * 1024];
            for (var at = from; at < end; )
            {
                var count = _file.Read(at, buffer);
                stream.Write(buffer.AsSpan(0, count));
                at = count == 0 ? end : at + count;
            }

            stream.Flush(flushToDisk: true);
        }

        Folders.FlushToDisk(Path.GetDirectoryName(Path.GetFullPath(aside))!);
    }

    // A torn last line has no end of line.
    private IEnumerable<JournalSpan> Lines(long end)
    {
        var buffer = new byte[64 * 1024];
        var start = 0L;
        for (var at = 0L; at < end; )
        {
            var count = _file.Read(at, buffer);
            if (count == 0)
            {
                break;
            }

            for (var i = 0; i < count; i++)
            {
                if (buffer[i] == (byte)'\n')
                {
                    yield return new JournalSpan(start, (int)Math.Min(at + i + 1 - start, Array.MaxLength));
                    start = at + i + 1;
                }
            }

            at += count;
        }

        if (start < end)
        {
            yield return new JournalSpan(start, (int)Math.Min(end - start, Array.MaxLength));
        }
    }
}
