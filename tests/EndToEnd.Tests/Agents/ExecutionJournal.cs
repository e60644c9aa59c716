using System.Diagnostics;
using System.Globalization;
using System.Text;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.EndToEnd.Tests.Agents;

/// <summary>
/// A file with one line when an execution begins and one line when it ends: <c>B|E|S job token instant</c> (S: the
/// execution was stopped). The operating system has a line before the call returns, so the line outlives a kill. The
/// instant is on the machine's steady clock, which is the same for every process.
/// </summary>
internal sealed class ExecutionJournal(string file) : IDisposable
{
    private readonly FileStream _stream = new(
        file,
        FileMode.Append,
        FileAccess.Write,
        FileShare.ReadWrite,
        bufferSize: 0
    );
    private readonly Lock _lock = new();

    public void Began(JobId job, int token) => Write('B', job, token);

    public void Ended(JobId job, int token) => Write('E', job, token);

    public void Stopped(JobId job, int token) => Write('S', job, token);

    public void Dispose() => _stream.Dispose();

    /// <param name="goneAt">When the agent's process was dead; the end of unfinished executions.</param>
    public static IEnumerable<Execution> Read(string file, string agent, long goneAt)
    {
        var open = new Dictionary<(JobId, int), Execution>();
        foreach (var words in File.ReadLines(file).Select(line => line.Split(' ')).Where(words => words.Length == 4))
        {
            var at = long.Parse(words[3], CultureInfo.InvariantCulture);
            var (job, token) = (new JobId(Guid.Parse(words[1])), int.Parse(words[2], CultureInfo.InvariantCulture));
            if (words[0] is "E" or "S" && open.Remove((job, token), out var begun))
            {
                yield return begun with
                {
                    EndedAt = at,
                    IsWhole = words[0] == "E",
                };
            }
            else if (words[0] == "B")
            {
                var execution = new Execution(job, token, agent, at, goneAt, IsWhole: false);
                if (!open.TryAdd((job, token), execution))
                {
                    // The same attempt runs twice at once: the checker must see both executions.
                    yield return execution;
                }
            }
        }

        foreach (var cut in open.Values)
        {
            yield return cut;
        }
    }

    private void Write(char what, JobId job, int token)
    {
        lock (_lock)
        {
            _stream.Write(Encoding.ASCII.GetBytes($"{what} {job} {token} {Stopwatch.GetTimestamp()}\n"));
        }
    }
}

/// <summary>What one agent did for one attempt.</summary>
/// <param name="EndedAt">The end; for an execution that was cut off, when its process was dead.</param>
internal sealed record Execution(JobId Job, int Token, string Agent, long BeganAt, long EndedAt, bool IsWhole);
