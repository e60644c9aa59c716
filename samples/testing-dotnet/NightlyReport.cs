using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.TestingSample;

/// <summary>Production code: the handler's registration, and the schedule that its job is made by.</summary>
public static class NightlyReport
{
    public static ScheduleRequest Schedule { get; } =
        new()
        {
            Name = "nightly",
            Trigger = new TriggerRequest
            {
                Kind = TriggerKinds.Cron,
                Expression = "30 2 * * *",
                TimeZone = "Europe/Berlin",
            },
            Job = new JobRequest
            {
                Method = "reports.render",
                Retry = new RetryOptions
                {
                    MaxAttempts = 3,
                    FirstDelay = TimeSpan.FromMinutes(1),
                    Jitter = 0,
                },
            },
        };

    public static void Register(AgentBuilder agent) =>
        agent.AddHandler<RenderReport, ReportParams, Report>("reports.render");
}

public sealed record ReportParams(int Pages = 12);

public sealed record Report(int Pages, DateTimeOffset RenderedAt);

public sealed class RenderReport(TimeProvider time) : IJobHandler<ReportParams, Report>
{
    public async Task<Report> HandleAsync(ReportParams parameters, JobContext job)
    {
        for (var page = 1; page <= parameters.Pages; page++)
        {
            await Task.Delay(TimeSpan.FromMinutes(1), time, job.CancellationToken);
            job.ReportProgress(100.0 * page / parameters.Pages);
        }

        return new Report(parameters.Pages, time.GetUtcNow());
    }
}
