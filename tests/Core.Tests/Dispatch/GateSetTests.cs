using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Dispatch;

/// <summary>Gates are made when they are needed, and forgotten when nothing uses them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GateSetTests
{
    private const int Names = 5_000;

    private readonly Pool _pool = new(new NamespaceQuota("default", new BrokerQuota(new CoreOptions())), []);

    private GateSet Gates => _pool.Gates;

    private static JobSpec Spec(string key = "k") =>
        new()
        {
            Method = "m",
            ConcurrencyKey = key,
            RateLimit = new RateLimit("r", 1, TimeSpan.FromMinutes(1)),
        };

    private static Job Job(JobSpec spec) =>
        new()
        {
            Id = default,
            Namespace = "default",
            Spec = spec,
            State = JobState.Running,
            RunAt = default,
            EnqueuedAt = default,
            CreatedBy = "test",
        };

    [Test]
    public void Names_that_nobody_uses_any_more_are_swept_out_and_those_in_use_stay()
    {
        Gates.OfMethod("used").Occupy();
        Gates.OfMethod("limited").SetLimits(new WorkLimits { RunningJobs = 3 });
        for (var i = 0; i < Names; i++)
        {
            Gates.OfMethod($"method-{i}");
            Gates.OfHandler($"handler-{i}");
            _pool.LaneOf(new LaneKey($"method-{i}", null, null));
        }

        Assert.That(Gates.Methods.Count(), Is.LessThan(2_048));
        Assert.That(Gates.Handlers.Count(), Is.LessThan(2_048));
        Assert.That(_pool.Lanes, Has.Count.LessThan(2_048));
        Assert.That(Gates.FindMethod("used")!.Running, Is.EqualTo(1));
        Assert.That(Gates.FindMethod("limited")!.Limits!.RunningJobs, Is.EqualTo(3));
    }

    [Test]
    public void Lanes_with_jobs_or_sessions_are_kept_however_many_unused_ones_there_are()
    {
        var job = Job(Spec()) with { State = JobState.Ready };
        _pool.Queue(new JobSlot(job, _pool.Quota));
        var offered = new LaneKey("offered", null, null);
        _pool.LaneOf(offered).Offering.Add(new SessionOffer("s", "default", "h", "i"));
        for (var i = 0; i < Names; i++)
        {
            _pool.LaneOf(new LaneKey($"method-{i}", null, null));
        }

        Assert.That(_pool.FindLane(LaneKey.Of(job.Spec))!.Ready.Count, Is.EqualTo(1));
        Assert.That(_pool.FindLane(offered)!.Offering, Has.Count.EqualTo(1));
        Assert.That(_pool.Lanes, Has.Count.LessThan(2_048));
    }

    [Test]
    public void Gates_of_methods_handlers_and_rates_count_starts_until_their_tokens_are_back()
    {
        var limits = new WorkLimits { Rate = new RateOptions(5, TimeSpan.FromMinutes(1)) };
        Gate[] gates = [Gates.OfMethod("m"), Gates.OfHandler("h"), Gates.For(Spec())[2]];
        ((WorkGate)gates[0]).SetLimits(limits);
        ((WorkGate)gates[1]).SetLimits(limits);
        Assert.That(Gates.Limiting, Is.Empty);
        Array.ForEach(gates, gate => gate.Enter(Job(Spec()), TimeSpan.Zero));
        Assert.That(Gates.Limiting, Is.EquivalentTo(gates));
    }

    [Test]
    public void Gate_whose_limit_was_taken_away_meanwhile_is_in_use_until_its_stored_starts_are_over()
    {
        var gate = Gates.OfMethod("m");
        var window = new RateWindow(TimeSpan.FromMinutes(1));
        window.TakeToken(TimeSpan.Zero);
        gate.Restore(window);
        Assert.That(gate.IsUnused, Is.False);
        window.Expire(TimeSpan.FromMinutes(1));
        Assert.That(gate.IsUnused, Is.True);
    }

    [Test]
    public void Key_is_forgotten_when_the_jobs_that_wait_for_it_are_cancelled()
    {
        var gate = Gates.OfKey("k");
        gate.Enter(Job(Spec()), default);
        var waiting = new[] { 1, 2 }.Select(number => WaitingSlot(number)).ToList();
        waiting.ForEach(slot =>
        {
            _pool.Queue(slot);
            _pool.LaneOf(LaneKey.Of(slot.Job.Spec)).Ready.Remove(slot);
            Assert.That(_pool.TryEnter(slot, default), Is.False);
        });
        gate.Leave(Job(Spec()));
        _pool.RefillAll(gate);
        waiting.ForEach(_pool.Remove);
        Assert.That(Gates.KeyCount, Is.Zero);
    }

    private JobSlot WaitingSlot(int number) =>
        new(
            Job(Spec()) with
            {
                Id = new JobId(new Guid(number, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 0)),
                State = JobState.Ready,
            },
            _pool.Quota
        )
        {
            Arrival = number,
        };

    [Test]
    public void Names_in_use_are_kept_however_many_they_are()
    {
        for (var i = 0; i < Names; i++)
        {
            Gates.OfMethod($"method-{i}").Occupy();
        }

        Assert.That(Gates.Methods.Count(), Is.EqualTo(Names));
    }

    [Test]
    public void Job_goes_through_the_gates_of_its_method_its_key_and_its_rate()
    {
        Assert.That(
            Gates.For(Spec()).Select(gate => gate.RateName),
            Is.EqualTo(new[] { (RateScope.Method, "m"), (RateScope.Key, "k"), (RateScope.Key, "r") })
        );
        Assert.That(Gates.For(new JobSpec { Method = "other" }), Has.Count.EqualTo(1));
    }

    [Test]
    public void Look_at_a_gate_makes_none()
    {
        Assert.That(Gates.FindMethod("m"), Is.Null);
        Assert.That(Gates.FindKey("k"), Is.Null);
        Assert.That(Gates.FindRate("r", TimeSpan.FromMinutes(1)), Is.Null);
        Assert.That((Gates.KeyCount, Gates.Methods.Count()), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Key_is_forgotten_when_the_last_job_under_it_has_left()
    {
        var job = Job(Spec());
        var gate = Gates.OfKey("k");
        gate.Enter(job, default);
        Gates.ForgetIfUnused(gate);
        Assert.That(Gates.FindKey("k"), Is.SameAs(gate));
        gate.Leave(job);
        Gates.ForgetIfUnused(gate);
        Assert.That(Gates.FindKey("k"), Is.Null);
    }

    [Test]
    public void Rate_is_forgotten_when_all_its_tokens_are_back()
    {
        var period = TimeSpan.FromMinutes(1);
        var gate = (RateGate)Gates.For(Spec())[2];
        gate.Enter(Job(Spec()), TimeSpan.Zero);
        Assert.That(Gates.Limiting, Is.EqualTo(new[] { gate }));
        gate.Leave(Job(Spec()));
        Gates.ForgetIfUnused(gate);
        Assert.That(Gates.FindRate("r", period), Is.SameAs(gate), "a token comes back with time alone");
        gate.Window.Expire(period - TimeSpan.FromTicks(1));
        Assert.That(gate.IsUnused, Is.False);
        gate.Window.Expire(period);
        Gates.ForgetIfUnused(gate);
        Assert.That(Gates.FindRate("r", period), Is.Null);
        Assert.That(Gates.Limiting, Is.Empty);
    }

    [Test]
    public void Limits_that_an_operator_takes_away_hold_no_more()
    {
        var limits = new WorkLimits { RunningJobs = 1, Rate = new RateOptions(1, TimeSpan.FromMinutes(1)) };
        var of = new Dictionary<string, WorkLimits> { ["m"] = limits };
        Gates.SetLimits(new NamespaceLimits { PerMethod = of });
        var gate = Gates.OfMethod("m");
        gate.Enter(Job(Spec()), TimeSpan.Zero);
        Assert.That((gate.IsFull, gate.IsRateSpent, gate.IsOpen), Is.EqualTo((true, true, false)));
        gate.Leave(Job(Spec()));
        Assert.That((gate.IsFull, gate.IsRateSpent, gate.IsOpen), Is.EqualTo((false, true, false)));

        Gates.SetLimits(new NamespaceLimits());
        Assert.That((gate.Limits, gate.Window, gate.IsOpen), Is.EqualTo(((WorkLimits?)null, (RateWindow?)null, true)));
        Assert.That(gate.IsUnused, Is.True);
    }

    [Test]
    public void Gate_of_work_is_in_use_while_jobs_run_limits_stand_or_a_session_has_joined()
    {
        var gate = Gates.OfHandler("h");
        Assert.That(gate.IsUnused, Is.True);
        gate.Occupy();
        Assert.That(gate.IsUnused, Is.False);
        gate.Leave(Job(Spec()));
        Assert.That(gate.IsUnused, Is.True);
        gate.SetLimits(new WorkLimits { RunningJobs = 1 });
        Assert.That(gate.IsUnused, Is.False);
        gate.SetLimits(null);
        var offer = new SessionOffer("s", "default", "h", "i");
        gate.Join(offer);
        Assert.That(gate.IsUnused, Is.False);
        gate.Offers!.Remove(offer);
        Assert.That(gate.IsUnused, Is.True);
    }
}
