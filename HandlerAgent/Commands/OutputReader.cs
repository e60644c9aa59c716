using System.Text;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>Reads what a command writes: to the job's log line by line, or to memory as its result. Bounded either way; the rest is drained and counted.</summary>
internal static class OutputReader
{
    private const int BlockLength = 8192;

    /// <summary>Lines to the job's log; a very long line comes in pieces.</summary>
    public static async Task ToLogAsync(TextReader reader, JobContext job, LogLevel level, int charsMax, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var block = new char[BlockLength];
        long logged = 0, dropped = 0;
        int length;
        while ((length = await reader.ReadAsync(block, cancellationToken)) > 0)
        {
            foreach (var c in block.AsSpan(0, length))
            {
                if (logged >= charsMax)
                {
                    dropped++;
                }
                else if (c != '\n')
                {
                    line.Append(c);
                }

                if (line.Length > 0 && (c == '\n' || line.Length >= Limits.LogMessageLengthMax - 1))
                {
                    logged += line.Length + 1;
                    job.Log(level, line.ToString().TrimEnd('\r'));
                    line.Clear();
                }
            }
        }

        if (line.Length > 0)
        {
            job.Log(level, line.ToString().TrimEnd('\r'));
        }

        if (dropped > 0)
        {
            job.Log(LogLevel.Warning, $"{dropped} further characters of output were not logged.");
        }
    }

    /// <summary>The whole text, up to a bound; null when there is more.</summary>
    public static async Task<string?> ToTextAsync(TextReader reader, int charsMax, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var block = new char[BlockLength];
        var isWhole = true;
        int length;
        while ((length = await reader.ReadAsync(block, cancellationToken)) > 0)
        {
            isWhole &= text.Length + length <= charsMax;
            if (isWhole)
            {
                text.Append(block, 0, length);
            }
        }

        return isWhole ? text.ToString() : null;
    }
}
