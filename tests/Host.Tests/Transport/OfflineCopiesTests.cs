using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Offline;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Audit;

namespace ScheduleZero.Host.Tests.Transport;

public sealed class OfflineCopiesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly OfflineCopies _copies = new(new TestSigner());

    private static KeptSchedule Schedule(int bytes) =>
        new()
        {
            ScheduleId = Guid.CreateVersion7(),
            Namespace = "default",
            Name = "meter",
            Version = 1,
            Handler = "box",
            Store = "store-1",
            Trigger = new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(2) },
            CreatedAt = Noon,
            Method = "read",
            Params = RawJson.From(new string('x', bytes)),
            Timeout = TimeSpan.FromMinutes(1),
            Retry = RetryPolicy.Default,
            ValidFrom = Noon,
            ValidUntil = Noon.AddDays(7),
        };

    [Test]
    public void Many_copies_go_in_messages_that_are_not_large_and_the_last_says_what_is_kept()
    {
        var schedules = Enumerable
            .Range(0, 40)
            .Select(i => Schedule(i % 10 == 0 ? Limits.OfflineParamsBytesMax : 1000))
            .ToList();
        var only = schedules.ConvertAll(schedule => schedule.ScheduleId);
        var messages = _copies.Write(new Effect.SendKeep(1, schedules, only)).ToList();
        var read = messages.SelectMany(keep =>
            keep.Copies.Select(copy =>
                OfflineProofs.TryRead(copy, keep.Key, out var schedule) ? schedule.ScheduleId : default
            )
        );
        Assert.That(read, Is.EqualTo(only));
        Assert.That(messages.Select(keep => ProtocolJson.Write(keep).Length), Has.All.LessThan(256 * 1024));
        Assert.That(
            messages.Select(keep => keep.Only),
            Is.EqualTo(Enumerable.Repeat<IReadOnlyList<Guid>?>(null, messages.Count - 1).Append(only))
        );
    }

    [Test]
    public void Nothing_to_give_still_says_what_is_kept() =>
        Assert.That(_copies.Write(new Effect.SendKeep(1, [], [])).Single().Only, Is.Empty);

    [Test]
    public void A_copy_comes_back_as_read_and_a_forged_one_with_its_claim_alone()
    {
        var schedule = Schedule(10);
        var copy = _copies.Write(new Effect.SendKeep(1, [schedule], [])).Single().Copies[0];
        var said = _copies.Read(
            7,
            new Ran
            {
                Copy = copy,
                Runs = [],
                Last = true,
            }
        );
        Assert.That((said.Connection, said.Copy!.Name, said.Last), Is.EqualTo((7L, "meter", true)));
        var forged = new OfflineCopies(new TestSigner()).Write(new Effect.SendKeep(1, [schedule], [])).Single().Copies[
            0
        ];
        var doubted = _copies.Read(7, new Ran { Copy = forged, Runs = [] });
        Assert.That((doubted.Copy, doubted.ClaimedId), Is.EqualTo(((KeptSchedule?)null, schedule.ScheduleId)));
    }
}
