using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.EndToEnd.Tests.Faults;

/// <summary>The jobs of a namespace and their attempts, as the Broker reports them.</summary>
internal sealed record History(IReadOnlyDictionary<JobId, JobView> Jobs, ILookup<JobId, AttemptView> Attempts)
{
    public static async Task<History> ReadAsync(ScheduleZeroClient client)
    {
        var jobs = new Dictionary<JobId, JobView>();
        await foreach (var job in client.Jobs.ListAllAsync(new JobFilter { Limit = 500 }))
        {
            jobs.Add(job.Id, job);
        }

        var attempts = new List<ExecutionView>();
        await foreach (var execution in client.Executions.ListAllAsync(new ExecutionFilter { Limit = 500 }))
        {
            attempts.Add(execution);
        }

        return new History(jobs, attempts.ToLookup(execution => execution.JobId, execution => execution.Attempt));
    }
}
