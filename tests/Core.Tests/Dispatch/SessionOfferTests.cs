using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Dispatch;

/// <summary>Which sessions have room for one more job, and when.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SessionOfferTests
{
    private static readonly OfferedMethod Free = new() { Name = "free" };
    private static readonly OfferedMethod Two = new() { Name = "two", MaxConcurrent = 2 };

    private readonly NamespaceQuota _use = new("default", new BrokerQuota(new CoreOptions()));
    private int _ids;

    private static SessionOffer Offer(params OfferedMethod[] methods)
    {
        var offer = new SessionOffer("session-1", "default", "h", "i") { Capacity = 3, IsReady = true };
        offer.Replace(methods.ToDictionary(method => method.Name), ["emea"], null);
        return offer;
    }

    private JobSlot Slot(string method) =>
        new(
            new Job
            {
                Id = new JobId(new Guid(++_ids, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 0)),
                Namespace = "default",
                Spec = new JobSpec { Method = method },
                State = JobState.Running,
                RunAt = default,
                EnqueuedAt = default,
                CreatedBy = "test",
            },
            _use
        );

    [Test]
    public void Session_has_credit_while_it_is_ready_not_drained_and_below_its_capacity()
    {
        var offer = Offer(Free);
        Assert.That(offer.HasCredit, Is.True);
        offer.IsReady = false;
        Assert.That(offer.HasCredit, Is.False);
        (offer.IsReady, offer.IsDrained) = (true, true);
        Assert.That(offer.HasCredit, Is.False);
        (offer.IsDrained, offer.Capacity) = (false, 0);
        Assert.That(offer.HasCredit, Is.False);
        offer.Capacity = 1;
        var slot = Slot("free");
        offer.Add(slot);
        Assert.That(offer.HasCredit, Is.False);
        offer.Remove(slot);
        Assert.That(offer.HasCredit, Is.True);
    }

    [Test]
    public void Job_that_is_added_or_removed_twice_counts_once()
    {
        var offer = Offer(Free, Two);
        var slot = Slot("two");
        offer.Add(slot);
        offer.Add(slot);
        Assert.That(offer.Running, Has.Count.EqualTo(1));
        Assert.That(offer.HasRoomFor(Two), Is.True);
        offer.Add(Slot("two"));
        Assert.That(offer.HasRoomFor(Two), Is.False);
        Assert.That(offer.HasRoomFor(Free), Is.True);
        offer.Remove(slot);
        offer.Remove(slot);
        Assert.That(offer.HasRoomFor(Two), Is.True);
        offer.Add(slot);
        Assert.That(offer.HasRoomFor(Two), Is.False);
    }

    [Test]
    public void Methods_are_counted_only_where_one_has_a_limit_and_from_what_runs_already()
    {
        var offer = Offer(Free);
        Assert.That(offer.HasMethodLimits, Is.False);
        offer.Add(Slot("two"));
        offer.Add(Slot("two"));
        offer.Replace(new Dictionary<string, OfferedMethod> { ["two"] = Two }, [], "store-1");
        Assert.That(offer.HasMethodLimits, Is.True);
        Assert.That(offer.HasRoomFor(Two), Is.False);
        Assert.That((offer.Groups.Count, offer.Store), Is.EqualTo((0, "store-1")));
        Assert.That(offer.Methods.Keys, Is.EqualTo(new[] { "two" }));
    }

    [Test]
    public void Session_without_a_connection_has_neither_number_nor_bridge()
    {
        var offer = Offer(Free);
        Assert.That((offer.Connection, offer.Bridge), Is.EqualTo(((long?)null, (string?)null)));
        offer.Connect(7, "bridge-1");
        Assert.That((offer.Connection, offer.Bridge), Is.EqualTo(((long?)7, "bridge-1")));
        offer.Disconnect();
        Assert.That((offer.Connection, offer.Bridge), Is.EqualTo(((long?)null, (string?)null)));
    }
}
