using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Host.Api.Jobs.Bulk;

/// <summary>
/// The part of a bulk act that replays finished jobs: only the store has those, and each becomes a new job.
/// </summary>
internal sealed class ReplaySlices(IHistoryReader store, JobDrafts drafts, TimeProvider time)
{
    /// <summary>How many jobs one page or slice has. With their bodies they take a few MiB at most.</summary>
    private const int SliceMax = 20;

    /// <summary>How long a replay waits for room in its namespace before it asks again.</summary>
    private static readonly TimeSpan _roomWait = TimeSpan.FromSeconds(5);

    public static IEnumerable<JobId[]> SlicesOf(List<JobId> found) => found.Chunk(SliceMax);

    /// <summary>The matching jobs that had ended when the act began, oldest first.</summary>
    /// <param name="max">The search stops when more than this are found.</param>
    public async Task<List<JobId>> FindAsync(BulkAct act, int max)
    {
        var found = new List<JobId>();
        string? cursor = null;
        do
        {
            var began = time.GetTimestamp();
            var search = act.Search(SliceMax, cursor);
            var page = await store.SearchJobsAsync(search, CancellationToken.None);
            found.AddRange(
                page.Items.Select(stored => stored.Job)
                    .Where(job => job.State == search.State && search.HasMethod(job.Spec.Method))
                    .Where(job => job.FinishedAt <= act.StartedAt)
                    .Select(job => job.Id)
            );
            act.Change(view => view with { Matched = found.Count });
            cursor = page.NextCursor;
            await act.PauseAsync(time.GetElapsedTime(began), time);
        } while (cursor is not null && found.Count <= max && !act.IsStopping);
        found.Reverse();
        return found;
    }

    /// <summary>Replays one slice. Returns why the act cannot go on; null when it can.</summary>
    /// <param name="ask">Puts a request to the loop.</param>
    public async Task<string?> ReplayAsync(
        BulkAct act,
        JobId[] slice,
        Func<Func<Ticket, BrokerInput.Request>, Task<Answer>> ask
    )
    {
        var made = await store.FindPresentAsync(
            [.. slice.Select(old => ReplayId.Of(act.Id, old))],
            CancellationToken.None
        );
        var jobs = new List<NewJob>(slice.Length);
        foreach (var old in slice.Where(old => !made.Contains(ReplayId.Of(act.Id, old))))
        {
            if (await DraftAsync(act, old) is { } job)
            {
                jobs.Add(job);
            }
        }

        // Jobs that exist already were made by this same act, before a restart of the Broker.
        var changed = made.Count;
        if (jobs.Count > 0)
        {
            var answer = await EnqueueAsync(act, jobs, ask);
            if (answer is Answer.Refused refused)
            {
                return act.IsStopping ? null : refused.Detail;
            }

            changed += ((Answer.Enqueued)answer).Jobs.Count(job => job.IsNew);
        }

        act.Change(view => view with { Done = view.Done + slice.Length, Changed = view.Changed + changed });
        return null;
    }

    private async Task<NewJob?> DraftAsync(BulkAct act, JobId old)
    {
        if (await store.FindJobAsync(act.Namespace, old, CancellationToken.None) is not { Job.IsFinished: true } stored)
        {
            return null; // The job was pruned meanwhile.
        }

        if (drafts.CheckReplay(stored.Job, stored.Params) is { } problem)
        {
            act.Change(view => view with { Detail = view.Detail ?? Why(old, problem) });
            return null;
        }

        return drafts.Replay(stored.Job, stored.Params, act.Note.Actor) with
        {
            Id = ReplayId.Of(act.Id, old),
        };
    }

    private async Task<Answer> EnqueueAsync(
        BulkAct act,
        List<NewJob> jobs,
        Func<Func<Ticket, BrokerInput.Request>, Task<Answer>> ask
    )
    {
        while (true)
        {
            var answer = await ask(ticket => new BrokerInput.Enqueue(ticket, jobs));
            if (answer is not Answer.Refused { Code: ErrorCodes.RateLimited } || act.IsStopping)
            {
                return answer;
            }

            await act.PauseAsync(_roomWait, time);
        }
    }

    private static string Why(JobId old, ProblemAnswer problem)
    {
        var first = problem
            .Problem.Errors?.Select(field => $"{field.Key}: {field.Value.FirstOrDefault()}")
            .FirstOrDefault();
        return $"Job {old} was passed over: {first ?? problem.Problem.Detail}";
    }
}
