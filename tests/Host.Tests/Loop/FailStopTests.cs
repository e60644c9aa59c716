using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Host.Tests.Audit;

namespace ScheduleZero.Host.Tests.Loop;

/// <summary>A loop that fails answers everybody who waits.</summary>
public sealed class FailStopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static IEnumerable<Type> InputTypes =>
        typeof(BrokerInput).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(BrokerInput)) && !type.IsAbstract);

    [Test]
    public void Only_requests_carry_a_ticket() =>
        Assert.That(
            InputTypes.Where(type =>
                type.GetProperty("Ticket") is not null && !type.IsSubclassOf(typeof(BrokerInput.Request))
            ),
            Is.Empty
        );

    [Test]
    public async Task Every_kind_of_request_that_waits_when_the_loop_fails_is_told_so()
    {
        using var inputs = new InputQueue();
        var loop = await StartAsync(inputs);
        using var failing = new ManualResetEventSlim();
        var first = inputs.ReadAsync<object?>(
            _ => failing.Wait(Patience) ? throw new InvalidOperationException("the loop fails here") : null,
            CancellationToken.None
        );
        var kinds = InputTypes.Where(type => type.IsSubclassOf(typeof(BrokerInput.Request))).ToList();
        var asked = kinds.ToDictionary(
            kind => kind.Name,
            kind => inputs.AskAsync(ticket => Make(kind, ticket), CancellationToken.None)
        );
        failing.Set();

        Assert.That(async () => await loop.Completion.WaitAsync(Patience), Throws.InvalidOperationException);
        Assert.That(asked, Has.Count.GreaterThan(20));
        foreach (var (kind, answer) in asked)
        {
            Assert.That(
                async () => await answer.WaitAsync(Patience),
                Throws.InstanceOf<BrokerStoppedException>(),
                kind
            );
        }

        Assert.That(
            async () => await first.WaitAsync(Patience),
            Throws.InstanceOf<BrokerStoppedException>(),
            "the request that was in hand"
        );
    }

    /// <param name="failsAtOnce">Whether the store fails before it has returned a task, or the task fails.</param>
    [TestCase(true)]
    [TestCase(false)]
    public async Task A_request_that_is_decided_and_cannot_be_committed_is_told_so(bool failsAtOnce)
    {
        using var inputs = new InputQueue();
        var loop = await StartAsync(inputs, failsAtOnce);
        var asked = inputs.AskAsync(
            ticket => new BrokerInput.NoteDown(ticket) { Audit = AuditNotes.OfSystem("test:note", "n:1") },
            CancellationToken.None
        );

        Assert.That(async () => await loop.Completion.WaitAsync(Patience), Throws.InstanceOf<NotSupportedException>());
        Assert.That(async () => await asked.WaitAsync(Patience), Throws.InstanceOf<BrokerStoppedException>());
    }

    // Nobody decides the request, so its fields do not matter.
    private static BrokerInput.Request Make(Type kind, Ticket ticket)
    {
        var made = RuntimeHelpers.GetUninitializedObject(kind);
        typeof(BrokerInput.Request).GetProperty(nameof(BrokerInput.Request.Ticket))!.SetValue(made, ticket);
        return (BrokerInput.Request)made;
    }

    private static async Task<BrokerLoop> StartAsync(InputQueue inputs, bool failsAtOnce = true)
    {
        var store = DispatchProxy.Create<IBrokerStore, EmptyStore>();
        ((EmptyStore)store).FailsAtOnce = failsAtOnce;
        var committed = new CommittedState(
            new KeyRing(TimeProvider.System),
            new Roster(),
            new MethodSchemas(NullLogger<MethodSchemas>.Instance),
            new AuditTailWatch()
        );
        var speaker = new Speaker(
            store,
            null!,
            new EventStream(),
            committed,
            new NamespacePurge(store, NullLogger<NamespacePurge>.Instance),
            _ => { },
            new OfflineCopies(new TestSigner())
        );
        var loop = new BrokerLoop(
            new BrokerCore(new CoreOptions()),
            store,
            inputs,
            speaker,
            TimeProvider.System,
            new LoopOptions(),
            NullLogger<BrokerLoop>.Instance
        );
        await loop.StartAsync(CancellationToken.None);
        return loop;
    }

    /// <summary>A store that holds nothing, and fails when something is committed to it.</summary>
    public class EmptyStore : DispatchProxy
    {
        /// <summary>Whether a commit throws at once, in place of failing later as a task.</summary>
        public bool FailsAtOnce { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name switch
            {
                nameof(IStateStore.LoadAsync) => new ValueTask<StoredState>(new StoredState()),
                nameof(IBrokerStore.CommitAsync) when !FailsAtOnce => new ValueTask(
                    Task.FromException(new NotSupportedException(targetMethod.Name))
                ),
                _ => throw new NotSupportedException(targetMethod.Name),
            };
    }
}
