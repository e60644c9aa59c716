using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Contracts.Tests;

/// <summary>A message's record and its kind on the wire say the same of it.</summary>
public sealed class MessageTests
{
    private static IEnumerable<Type> Records =>
        typeof(IMessage).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IMessage)));

    [Test]
    public void Every_kind_but_a_pack_has_one_record_of_the_same_name()
    {
        Assert.That(
            Records.Select(record => record.Name).Append(nameof(MessageKind.Pack)),
            Is.EquivalentTo(Enum.GetNames<MessageKind>())
        );
        Assert.That(Records.Select(record => $"{KindOf(record)}"), Is.EqualTo(Records.Select(record => record.Name)));
    }

    [TestCaseSource(nameof(Records))]
    public void A_record_gives_its_own_kind(Type record) =>
        Assert.That(record.GetInterfaces(), Has.Member(typeof(IMessage<>).MakeGenericType(record)));

    [TestCaseSource(nameof(Records))]
    public void Who_says_a_message_is_the_same_by_its_record_and_by_its_kind(Type record)
    {
        var route = MessageKinds.RouteOf(KindOf(record));
        Assert.That(
            record.IsAssignableTo(typeof(IBrokerMessage)),
            Is.EqualTo(route == MessageRoute.BrokerToHandler),
            $"{route}"
        );
        Assert.That(
            record.IsAssignableTo(typeof(IHandlerMessage)),
            Is.EqualTo(route == MessageRoute.HandlerToBroker),
            $"{route}"
        );
    }

    [Test]
    public void Every_answer_but_a_refusal_answers_one_question()
    {
        var answers = Records
            .SelectMany(record => record.GetInterfaces())
            .Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IHandlerQuestion<>))
            .Select(type => KindOf(type.GetGenericArguments()[0]))
            .Append(MessageKind.Refused);
        Assert.That(answers, Is.EquivalentTo(Enum.GetValues<MessageKind>().Where(MessageKinds.IsAnswer)));
    }

    private static MessageKind KindOf(Type record) =>
        (MessageKind)record.GetProperty(nameof(MessageKind))!.GetValue(null)!;
}
