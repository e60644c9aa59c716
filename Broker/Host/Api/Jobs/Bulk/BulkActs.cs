using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs.Bulk;

/// <summary>
/// The bulk acts that are under way, and those that ended last. The acts live in memory only: a restart of the Broker
/// drops them, while their effects stay.
/// </summary>
internal sealed class BulkActs(BulkRun run, TimeProvider time) : IHostedService
{
    /// <summary>
    /// How many acts may be under way at once, over all namespaces. Each puts its slices into the loop beside other
    /// requests.
    /// </summary>
    public const int UnderWayMax = 4;

    /// <summary>How many acts are remembered; the oldest are dropped.</summary>
    private const int KeptMax = 1000;

    private const string Stopper = "the Broker, which stops";
    private const int RetryAfterSeconds = 5;

    private readonly Lock _gate = new();
    private readonly List<BulkAct> _acts = []; // The acts, oldest first.
    private bool _isStopping;

    /// <summary>Starts an act, or finds the act that has the id already.</summary>
    /// <param name="methods">Patterns of the methods that the caller may act on; null for all.</param>
    public (BulkAct? Act, ProblemAnswer? Problem) Begin(
        string ns,
        BulkActRequest asked,
        IReadOnlyList<string>? methods,
        AuditNote note
    )
    {
        var now = time.GetUtcNow();
        BulkAct act;
        lock (_gate)
        {
            if (asked.Id is { } id && _acts.Find(known => known.Id == id) is { } known)
            {
                return known.Namespace == ns && known.Note.Actor == note.Actor && known.Asked == asked
                    ? (known, null)
                    : (null, Problems.Conflict("This id belongs to another bulk act."));
            }

            if (_isStopping)
            {
                return (null, Problems.Stopped);
            }

            var underWay = _acts.Where(known => known.IsUnderWay).ToList();
            if (underWay.Count >= UnderWayMax || underWay.Exists(known => known.Namespace == ns))
            {
                return (
                    null,
                    Problems.RateLimited(
                        $"As many bulk acts are under way as may be: one in a namespace, {UnderWayMax} in all.",
                        RetryAfterSeconds
                    )
                );
            }

            act = new BulkAct(asked.Id ?? Guid.CreateVersion7(now), ns, asked, methods, note, now);
            _acts.Add(act);
            Forget();
        }

        // The act runs on the thread pool, so that the request that began it is answered at once.
        _ = Task.Run(() => run.RunAsync(act), CancellationToken.None);
        return (act, null);
    }

    /// <summary>The act of an id; null when there is none.</summary>
    /// <param name="by">Finds only acts that this caller began; null finds all.</param>
    public BulkAct? Find(string ns, Guid id, string? by)
    {
        lock (_gate)
        {
            return _acts.Find(act => act.Id == id && act.Namespace == ns && (by is null || act.Note.Actor == by));
        }
    }

    /// <summary>The acts of a namespace, newest first.</summary>
    /// <inheritdoc cref="Find" path="/param"/>
    public IReadOnlyList<BulkActView> List(string ns, string? by)
    {
        lock (_gate)
        {
            return
            [
                .. _acts
                    .Where(act => act.Namespace == ns && (by is null || act.Note.Actor == by))
                    .Reverse()
                    .Take(Limits.PageSizeMax)
                    .Select(act => act.View),
            ];
        }
    }

    /// <summary>
    /// Whether an act has something to do now. A test with a virtual clock moves time only when there is nothing to do.
    /// </summary>
    public bool IsWorking
    {
        get
        {
            lock (_gate)
            {
                return _acts.Exists(act => act.IsWorking);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Lets the current slices end. The loop stops after REST, so the audit log still receives what the acts have done.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        List<BulkAct> underWay;
        lock (_gate)
        {
            _isStopping = true;
            underWay = [.. _acts.Where(act => act.IsUnderWay)];
        }

        underWay.ForEach(act => act.Stop(Stopper));
        await Task.WhenAll(underWay.Select(act => act.Ended)).WaitAsync(cancellationToken);
    }

    private void Forget()
    {
        if (_acts.Count > KeptMax)
        {
            _acts.RemoveAt(_acts.FindIndex(act => !act.IsUnderWay));
        }
    }
}
