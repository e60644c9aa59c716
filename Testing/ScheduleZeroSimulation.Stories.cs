using System.Text;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Testing.Stories;

namespace ScheduleZero.Testing;

public sealed partial class ScheduleZeroSimulation
{
    private const int LastEntriesMax = 40;

    /// <summary>The timeline: the newest 200,000 entries, oldest first.</summary>
    public IReadOnlyList<TimelineEntry> Timeline => _site.Timeline.Entries;

    /// <summary>The timeline as text, a line for each entry.</summary>
    public string PrintTimeline() => string.Join('\n', Timeline);

    /// <summary>The jobs that a schedule has made, oldest first.</summary>
    public async Task<IReadOnlyList<JobView>> JobsOfAsync(string schedule, string ns = Names.DefaultNamespace)
    {
        var jobs = new List<JobView>();
        await foreach (
            var job in ClientIn(ns).Jobs.ListAllAsync(new JobFilter { Schedule = schedule, Limit = Limits.PageSizeMax })
        )
        {
            jobs.Add(job);
        }

        jobs.Reverse();
        return jobs;
    }

    /// <summary>The story of a job as text: its attempts, its log, and its entries of the timeline.</summary>
    public async Task<string> StoryOfAsync(JobId job)
    {
        var view = await FindAsync(job);
        var client = ClientIn(view.Namespace);
        var story = new StringBuilder();
        JobStory.Append(story, view, await client.Jobs.AttemptsAsync(job));
        await foreach (var line in client.Jobs.AllLogsAsync(job))
        {
            JobStory.Append(story, line);
        }

        JobStory.Append(story, Timeline.Where(entry => entry.Job == job));
        return story.ToString();
    }

    /// <summary>Asserts that the job has succeeded, and returns the job as it is now.</summary>
    /// <exception cref="SimulationAssertionException">The job has not succeeded. The message tells its
    /// story.</exception>
    public Task<JobView> AssertSucceededAsync(JobId job) => AssertStateAsync(job, JobState.Succeeded);

    /// <summary>Asserts that the job is in the state, and returns the job as it is now.</summary>
    /// <exception cref="SimulationAssertionException">The job is in another state. The message tells its
    /// story.</exception>
    public async Task<JobView> AssertStateAsync(JobId job, JobState state)
    {
        var view = await FindAsync(job);
        return view.State == state
            ? view
            : throw new SimulationAssertionException(
                $"Expected a job that is {state}; it is {view.State}.\n{await StoryOfAsync(job)}"
            );
    }

    private ScheduleZeroClient ClientIn(string ns)
    {
        lock (_clients)
        {
            if (
                _clients.Find(client =>
                    client.Options.Namespace == ns && client.Options.ApiKey == Client.Options.ApiKey
                ) is
                { } known
            )
            {
                return known;
            }
        }

        return ClientOf(ns);
    }

    // Finds a job in any namespace, since a job's id does not name its own.
    private async Task<JobView> FindAsync(JobId job)
    {
        try
        {
            return await Client.Jobs.GetAsync(job);
        }
        catch (ScheduleZeroException e) when (e.Code == ErrorCodes.NotFound)
        {
            await foreach (var ns in Client.Namespaces.ListAllAsync())
            {
                if (ns.Name != Names.DefaultNamespace && await TryFindAsync(ClientIn(ns.Name), job) is { } found)
                {
                    return found;
                }
            }

            throw;
        }
    }

    private static async Task<JobView?> TryFindAsync(ScheduleZeroClient client, JobId job)
    {
        try
        {
            return await client.Jobs.GetAsync(job);
        }
        catch (ScheduleZeroException e) when (e.Code == ErrorCodes.NotFound)
        {
            return null;
        }
    }

    private string LastEntries() => string.Join('\n', Timeline.TakeLast(LastEntriesMax));
}
