using System.Text;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Host.Tests.Audit;

/// <summary>A Core that decides at once, and stores the audit log of its decisions in memory.</summary>
internal sealed class CoreBroker(TimeProvider time, AuditTailWatch watch) : IBrokerInputs
{
    private readonly BrokerCore _core = new(new CoreOptions());
    private readonly Random _chance = new(1);
    private readonly Lock _gate = new();
    private readonly List<AuditBlock> _blocks = [];
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsBusy { get; set; }

    /// <summary>The store that gets the changes; null for none.</summary>
    public IStateStore? Store { get; init; }

    public IReadOnlyList<AuditBlock> Blocks
    {
        get
        {
            lock (_gate)
            {
                return [.. _blocks];
            }
        }
    }

    public void Restore(AuditTail tail) =>
        _core.Restore(new StoredState { AuditTail = tail }, new Moment(time.GetUtcNow(), TimeSpan.Zero));

    public async Task<Answer> AskAsync(Func<Ticket, BrokerInput.Request> input, CancellationToken cancellationToken)
    {
        if (IsBusy)
        {
            throw new BrokerBusyException();
        }

        var ticket = new UncalledTicket();
        var decision = Do(default, input(ticket));
        if (Store is not null)
        {
            await Store.CommitAsync(decision.Changes, cancellationToken);
        }

        return decision.Effects.OfType<Effect.Answer>().Single(answer => answer.Ticket == ticket).Said;
    }

    public bool TryPut(BrokerInput input)
    {
        Do(default, input);
        return true;
    }

    public Task<T> ReadAsync<T>(Func<BrokerState, T> look, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>Writes notes in one turn.</summary>
    /// <param name="apart">The time between two notes.</param>
    public void Note(int count, TimeSpan apart = default) =>
        Do(
            apart,
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(i => new BrokerInput.Noted { Audit = AuditNotes.OfSystem("test:note", $"n:{i}") }),
            ]
        );

    /// <summary>Completes when the log has this many checkpoints.</summary>
    public async Task CheckpointsAsync(int count)
    {
        while (true)
        {
            Task grown;
            lock (_gate)
            {
                if (Checkpoints().Count >= count)
                {
                    return;
                }

                grown = _grown.Task;
            }

            await grown.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    public List<AuditEvent> Checkpoints()
    {
        lock (_gate)
        {
            return [.. Events(_blocks).Where(happened => happened.Action == AuditChain.CheckpointAction)];
        }
    }

    public static IEnumerable<AuditEvent> Events(IEnumerable<AuditBlock> blocks) =>
        blocks
            .SelectMany(block => Encoding.UTF8.GetString(block.Lines).Split('\n'))
            .Select(line => System.Text.Json.JsonSerializer.Deserialize(line, RestJson.Default.AuditEvent)!);

    private Decision Do(TimeSpan apart, params BrokerInput[] inputs)
    {
        lock (_gate)
        {
            var decision = new Decision(new Moment(time.GetUtcNow(), TimeSpan.Zero), _chance);
            foreach (var input in inputs)
            {
                _core.Apply(input, decision);
                decision.Now = decision.Now with { Wall = decision.Now.Wall + apart };
            }

            _core.Close(decision);
            _blocks.AddRange(decision.Changes.OfType<Change.AuditAppended>().Select(change => change.Block));
            foreach (var kept in decision.Effects.OfType<Effect.AuditKept>())
            {
                watch.Put(kept.Tail);
            }

            _grown.TrySetResult();
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return decision;
        }
    }
}
