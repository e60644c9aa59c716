using System.Globalization;
using ScheduleZero.Processes;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>An agent that notes which job it was given when.</summary>
internal sealed record LoadAgentProcess(ChildProcess Child, string File)
{
    /// <summary>The number of executions that have begun so far, repeated ones included; updated every 50 ms.</summary>
    public long Count =>
        Child.Lines.LastOrDefault(line => line.StartsWith("COUNT ", StringComparison.Ordinal)) is { } line
            ? long.Parse(line.AsSpan(6), CultureInfo.InvariantCulture)
            : 0;

    /// <summary>
    /// For each job, the instant at which its handler was first called (0 for never), and the number of calls.
    /// </summary>
    public async Task<(long[] Started, long[] Times)> ReportAsync()
    {
        Child.Say("REPORT");
        await Child.LineAsync("REPORTED", TimeSpan.FromSeconds(30));
        var all = Ticks.Read(File);
        return (all[..(all.Length / 2)], all[(all.Length / 2)..]);
    }
}

/// <summary>A producer that notes when each enqueue began and when it was answered.</summary>
internal sealed record LoadProducerProcess(ChildProcess Child, string File, int Jobs)
{
    public async Task<ProducerTimes> RunAsync(TimeSpan limit)
    {
        Child.Say("GO");
        await Child.LineAsync("RESULT", limit);
        var all = Ticks.Read(File);
        return new ProducerTimes(all[..Jobs], all[Jobs..(2 * Jobs)], all[(2 * Jobs)..]);
    }
}

/// <summary>Instants of each job, in ticks of the machine's steady clock.</summary>
/// <param name="Seen">When the producer heard of the job's end; 0 for a producer that does not listen.</param>
internal sealed record ProducerTimes(long[] Begun, long[] Answered, long[] Seen);
