using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Shows lines of job logs.</summary>
internal static class LogViews
{
    public static LogLine From(Job job, LogEntry row) =>
        new(LogPlace.Shown(row.Sequence), AttemptOf(job, row)?.Number ?? row.Token, row.At, row.Level, row.Message);

    /// <summary>A line beside those of other jobs.</summary>
    public static JobLine OfJob(Job job, LogEntry row)
    {
        var attempt = AttemptOf(job, row);
        return new JobLine(LogPlace.Shown(row.Sequence), attempt?.Number ?? row.Token, row.At, row.Level, row.Message)
        {
            JobId = job.Id,
            Method = job.Spec.Method,
            Handler = attempt?.Handler,
            Schedule = job.Occurrence?.Schedule,
        };
    }

    // Stored lines name their attempt by its fencing token.
    private static Attempt? AttemptOf(Job job, LogEntry row)
    {
        foreach (var attempt in JobViews.AttemptsOf(job))
        {
            if (attempt.Token == row.Token)
            {
                return attempt;
            }
        }

        return null;
    }
}
