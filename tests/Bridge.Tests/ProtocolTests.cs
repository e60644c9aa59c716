using System.Reflection;
using ScheduleZero.Bridge.Connections;
using ScheduleZero.Bridge.Hub;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

/// <summary>
/// Every message of the protocol crosses a Bridge. The ROUTER has a table of its own (AllowListTests), so have the
/// agent's carriers.
/// </summary>
internal sealed class ProtocolTests : BridgeFixture
{
    private static IEnumerable<MessageKind> OfHandlers =>
        Enum.GetValues<MessageKind>().Where(kind => MessageKinds.RouteOf(kind) == MessageRoute.HandlerToBroker);

    private static IEnumerable<MessageKind> WithoutAnswer =>
        OfHandlers.Where(kind => HubMethod(kind) is { ReturnType.IsGenericType: false });

    [TestCaseSource(nameof(OfHandlers))]
    public void The_hub_has_a_method_for_what_a_handler_may_say(MessageKind kind)
    {
        var method = HubMethod(kind);
        Assert.That(method, Is.Not.Null);
        Assert.That(
            method!.GetParameters().Select(parameter => parameter.ParameterType),
            Is.EqualTo(new[] { typeof(RawJson) })
        );
        Assert.That(HandlerHub.Methods, Does.Contain(kind.ToString()));
    }

    [Test]
    public void The_hub_has_no_other_method()
    {
        var callable = typeof(HandlerHub)
            .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsSpecialName && method.GetBaseDefinition() == method)
            .Select(method => method.Name);
        Assert.That(callable, Is.EquivalentTo(OfHandlers.Select(kind => kind.ToString())));
        Assert.That(HandlerHub.Methods, Is.EquivalentTo(OfHandlers.Select(kind => kind.ToString())));
    }

    [Test]
    public void A_handler_hears_what_the_Broker_says_to_handlers_and_nothing_else([Values] MessageKind kind) =>
        Assert.That(
            HandlerConnection.IsForHandler(kind),
            Is.EqualTo(MessageKinds.RouteOf(kind) == MessageRoute.BrokerToHandler)
        );

    [Test]
    public async Task What_is_said_often_is_no_nonsense(
        [ValueSource(nameof(WithoutAnswer))] MessageKind kind,
        [Values] Carrier carrier
    )
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker, carrier);
        await using var _ = handler;
        // More than the strikes that end a connection.
        for (var i = 0; i < 4 * new BridgeLimits().StrikesMax; i++)
        {
            await handler.SendAsync(kind, "{}");
            Assert.That((await broker.HearAsync(kind)).Header.Connection, Is.EqualTo(number));
        }
    }

    private static MethodInfo? HubMethod(MessageKind kind) =>
        typeof(HandlerHub).GetMethod(kind.ToString(), BindingFlags.Public | BindingFlags.Instance);
}
