using System.Buffers.Text;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

/// <summary>Bodies that the Bridge cannot read pass through it as they are.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SealedPassageTests : BridgeFixture
{
    private const string Hello = "\"AZXpSvu1s67iAAAAAAAAAAC4dix7I3_O4G8cgo7JyLZzTdA\"";
    private const string Answer = "\"AZXpSvu1s67iAAAAAAAAAACHRMv4VYqBez6h7qrXtoqBi3btzSr4IIgIdK6w1f32lwc\"";

    [TestCase(Carrier.Json)]
    [TestCase(Carrier.MessagePack)]
    public async Task Sealed_bodies_pass_in_both_directions(Carrier carrier)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        await using var handler = await TestHandler.ConnectAsync(bridge, carrier);
        var saying = handler.HelloAsync(Hello);
        var heard = await broker.HearAsync(MessageKind.Hello);
        Assert.That(heard.Text, Is.EqualTo(Hello));
        await SayAsync(broker, MessageKind.Welcome, heard.Header.Connection);
        Assert.That((await saying).ToString(), Is.EqualTo(Answer));

        await SayAsync(broker, MessageKind.Assign, heard.Header.Connection);
        Assert.That(await handler.HearAsync(MessageKind.Assign), Is.EqualTo(Answer));
        await handler.SendAsync(MessageKind.Report, Hello);
        Assert.That((await broker.HearAsync(MessageKind.Report)).Text, Is.EqualTo(Hello));
    }

    [TestCase(Carrier.Json)]
    [TestCase(Carrier.MessagePack)]
    public async Task A_sealed_refusal_is_returned_as_it_is_and_the_connection_ends(Carrier carrier)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        await using var handler = await TestHandler.ConnectAsync(bridge, carrier);
        var saying = handler.HelloAsync(Hello);
        var heard = await broker.HearAsync(MessageKind.Hello);
        await SayAsync(broker, MessageKind.Refused, heard.Header.Connection);
        Assert.That((await saying).ToString(), Is.EqualTo(Answer));
        await handler.Closed;
    }

    [Test]
    public void The_largest_result_passes_sealed_too()
    {
        var report = Limits.ResultBytesMaxDefault + (64 * 1024);
        Assert.That(Base64Url.GetEncodedLength(report), Is.LessThan(new BridgeLimits().MessageBytesMax));
    }

    private static Task SayAsync(FakeBroker broker, MessageKind kind, ulong connection) =>
        broker.SayAsync(kind, connection, System.Text.Encoding.ASCII.GetBytes(Answer));
}
