using System.Diagnostics.CodeAnalysis;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// A set of jobs that are enqueued together and may name each other, by <c>#</c> and a ref. The set puts them in an
/// order in which each job comes after those that it runs after.
/// </summary>
internal sealed class JobSet
{
    private readonly IReadOnlyList<JobRequest> _requests;
    private readonly Dictionary<string, int> _refs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> _errors = new(StringComparer.Ordinal);

    private JobSet(IReadOnlyList<JobRequest> requests) => _requests = requests;

    /// <summary>The places of jobs in the request, in an order in which Core can enqueue them.</summary>
    public IReadOnlyList<int> Order { get; private set; } = [];

    public static bool IsRef([NotNullWhen(true)] string? named) => named is ['#', ..] && Names.IsName(named[1..]);

    /// <summary>
    /// Why the job may not be enqueued outside a set; null when it neither has a ref nor names another job by one.
    /// </summary>
    public static ProblemAnswer? CheckAlone(JobRequest request, string prefix)
    {
        if (request.Ref is not null)
        {
            return Problems.Invalid(
                $"{prefix}ref",
                "Only a member of a set has a ref: jobs/batch with \"atomic\": true makes one."
            );
        }

        for (var i = 0; i < request.After?.Count; i++)
        {
            if (IsRef(request.After[i]))
            {
                return Problems.Invalid(
                    $"{prefix}after[{i}]",
                    "Only members of a set name each other by refs: jobs/batch with \"atomic\": true makes one."
                );
            }
        }

        return null;
    }

    /// <summary>The set, or why the requests are none.</summary>
    /// <param name="requests">Requests that are each valid by themselves.</param>
    public static (JobSet? Set, ProblemAnswer? Problem) Read(IReadOnlyList<JobRequest> requests)
    {
        var set = new JobSet(requests);
        set.ReadRefs();
        var followers = set.ReadFollowers();
        if (set._errors.Count == 0)
        {
            set.Sort(followers);
        }

        return set._errors.Count == 0 ? (set, null) : (null, Problems.Invalid(set._errors));
    }

    /// <summary>The place of the job that a ref names.</summary>
    public int PlaceOf(string named) => _refs[named[1..]];

    private void ReadRefs()
    {
        for (var i = 0; i < _requests.Count; i++)
        {
            if (_requests[i].Ref is { } name && !_refs.TryAdd(name, i))
            {
                _errors[$"jobs[{i}].ref"] = ["Another job of the set has this ref."];
            }
        }
    }

    // For each job, the places of the jobs that run after it.
    private List<int>[] ReadFollowers()
    {
        var followers = Array.ConvertAll(new int[_requests.Count], _ => new List<int>());
        for (var i = 0; i < _requests.Count; i++)
        {
            for (var k = 0; k < _requests[i].After?.Count; k++)
            {
                var named = _requests[i].After![k];
                if (!IsRef(named))
                {
                    continue;
                }

                if (!_refs.TryGetValue(named[1..], out var place))
                {
                    _errors[$"jobs[{i}].after[{k}]"] = ["No job of the set has this ref."];
                }
                else if (place == i)
                {
                    _errors[$"jobs[{i}].after[{k}]"] = ["A job cannot run after itself."];
                }
                else
                {
                    followers[place].Add(i);
                }
            }
        }

        return followers;
    }

    // Keeps the order of the request as far as dependencies allow.
    private void Sort(List<int>[] followers)
    {
        var awaits = new int[_requests.Count];
        foreach (var follower in followers.SelectMany(places => places))
        {
            awaits[follower]++;
        }

        var free = new PriorityQueue<int, int>(
            Enumerable.Range(0, awaits.Length).Where(i => awaits[i] == 0).Select(i => (i, i))
        );
        var order = new List<int>(awaits.Length);
        while (free.TryDequeue(out var next, out _))
        {
            order.Add(next);
            foreach (var follower in followers[next])
            {
                if (--awaits[follower] == 0)
                {
                    free.Enqueue(follower, follower);
                }
            }
        }

        Order = order;
        for (var i = 0; i < awaits.Length; i++)
        {
            if (awaits[i] > 0)
            {
                _errors[$"jobs[{i}].after"] = ["It waits, maybe by way of others, for a job that waits for itself."];
            }
        }
    }
}
