using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>The output that a command wrote as its result.</summary>
/// <param name="IsWhole">Whether the output was within the bound.</param>
/// <param name="IsClosed">Whether no process that outlived the command holds the output open.</param>
internal sealed record CapturedOutput(byte[] Utf8, bool IsWhole, bool IsClosed)
{
    public string Text => Encoding.UTF8.GetString(Utf8);

    /// <summary>
    /// The text as a JSON string in which each character is itself where JSON allows it: the bound of a result counts
    /// what was written.
    /// </summary>
    public RawJson Quoted()
    {
        var json = new StringBuilder(Utf8.Length + 16).Append('"');
        foreach (var c in Text)
        {
            _ = c switch
            {
                '"' or '\\' => json.Append('\\').Append(c),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                < ' ' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }

        return new RawJson(Encoding.UTF8.GetBytes(json.Append('"').ToString()));
    }
}

/// <summary>
/// Reads the output of a command, to the job's log line by line or to memory as the result. Both are bounded.
/// </summary>
internal static class OutputReader
{
    private const int BlockLength = 8192;

    // A line without its end, such as a prompt, is logged when nothing more has come for this long.
    private static readonly TimeSpan QuietBeforeShown = TimeSpan.FromSeconds(1);

    /// <summary>Sends the lines to the job's log, and says how much was left out.</summary>
    /// <param name="charsMax">How many characters are logged; further ones are read and counted.</param>
    /// <param name="giveUp">Ends the reading of an output that is still open; what came until then is logged.</param>
    public static async Task ToLogAsync(
        TextReader reader,
        JobContext job,
        LogLevel level,
        int charsMax,
        CancellationToken giveUp
    )
    {
        var log = new BoundedLog(job, level, charsMax);
        var lines = new OutputLines(log.Add, TimeProvider.System);
        var block = new char[BlockLength];
        try
        {
            int length;
            while ((length = await ReadAsync(reader, block, lines, TimeProvider.System, giveUp)) > 0)
            {
                lines.Add(block.AsSpan(0, length));
            }

            lines.ShowUnfinished();
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            lines.ShowUnfinished();
            job.Log(
                LogLevel.Information,
                "A process that outlived the command holds its output open; what it writes from here on is not logged."
            );
        }

        log.LogDropped();
    }

    /// <summary>Logs text that was captured as a result when it turned out to be none.</summary>
    public static void ToLog(string text, JobContext job, LogLevel level, int charsMax)
    {
        var log = new BoundedLog(job, level, charsMax);
        var lines = new OutputLines(log.Add, TimeProvider.System);
        lines.Add(text);
        lines.ShowUnfinished();
        log.LogDropped();
    }

    /// <summary>
    /// Captures the output up to a bound, and reads on beyond the bound, so that the command does not block.
    /// </summary>
    /// <param name="giveUp">Ends the reading of an output that is still open.</param>
    public static async Task<CapturedOutput> CaptureAsync(Stream output, int bytesMax, CancellationToken giveUp)
    {
        var captured = new ArrayBufferWriter<byte>();
        var block = new byte[BlockLength];
        var isWhole = true;
        try
        {
            int length;
            while ((length = await output.ReadAsync(block, giveUp)) > 0)
            {
                var room = (int)Math.Min(length, bytesMax - captured.WrittenCount);
                captured.Write(block.AsSpan(0, room));
                isWhole &= room == length;
            }

            return new CapturedOutput(captured.WrittenSpan.ToArray(), isWhole, IsClosed: true);
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            return new CapturedOutput(captured.WrittenSpan.ToArray(), isWhole, IsClosed: false);
        }
    }

    private static async Task<int> ReadAsync(
        TextReader reader,
        char[] block,
        OutputLines lines,
        TimeProvider time,
        CancellationToken giveUp
    )
    {
        var reading = reader.ReadAsync(block, giveUp).AsTask();
        if (lines.HasUnshown && !reading.IsCompleted)
        {
            using var more = CancellationTokenSource.CreateLinkedTokenSource(giveUp);
            if (await Task.WhenAny(reading, Task.Delay(QuietBeforeShown, time, more.Token)) != reading)
            {
                lines.ShowUnfinished();
            }

            await more.CancelAsync();
        }

        return await reading;
    }

    private sealed class BoundedLog(JobContext job, LogLevel level, int charsMax)
    {
        private long _logged;
        private long _dropped;

        public void Add(string line)
        {
            var room = charsMax - _logged;
            if (room <= 0)
            {
                _dropped += line.Length + 1;
                return;
            }

            var cut = AttemptErrors.Cut(line, (int)Math.Max(1, Math.Min(room, int.MaxValue)))!;
            _logged += cut.Length + 1;
            _dropped += line.Length - cut.Length;
            job.Log(level, cut);
        }

        public void LogDropped()
        {
            if (_dropped > 0)
            {
                job.Log(LogLevel.Warning, $"{_dropped} further characters of output were not logged.");
            }
        }
    }
}
