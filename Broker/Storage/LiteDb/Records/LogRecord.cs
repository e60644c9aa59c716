using ScheduleZero.Broker.Core.Jobs;

namespace ScheduleZero.Broker.Storage.LiteDb.Records;

/// <summary>Reads and writes lines of a job's log as bytes.</summary>
internal static class LogRecord
{
    public static void Write(RecordWriter to, IReadOnlyList<LogEntry> lines)
    {
        to.Number(lines.Count);
        foreach (var line in lines)
        {
            to.Number(line.Sequence);
            to.Number(line.Token);
            to.Instant(line.At);
            to.Text(line.Level);
            to.Text(line.Message);
        }
    }

    public static List<LogEntry> Read(ref RecordReader from)
    {
        var count = from.Number();
        var lines = new List<LogEntry>((int)Math.Min(count, 1024));
        for (var i = 0; i < count; i++)
        {
            lines.Add(
                new LogEntry(
                    from.Number(),
                    (int)from.Number(),
                    from.Instant(),
                    from.RequiredText(),
                    from.RequiredText()
                )
            );
        }

        return lines;
    }
}
