using System.Security.Cryptography;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Core.Tests.Access;

/// <summary>A simulated agent with an enrolled key, on a stage.</summary>
internal sealed class Enrollee(Stage stage)
{
    private static int _nonces;

    public ECDsa Key { get; init; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string PublicKey => KeyProofs.Encode(Key.ExportSubjectPublicKeyInfo());

    public string KeyId { get; private set; } = "";

    public string BrokerId { get; private set; } = "";

    /// <summary>The generation that the agent has stored.</summary>
    public long Generation { get; set; }

    public static EnrolmentToken Token(Stage stage, Func<EnrolmentRecord, EnrolmentRecord>? change = null)
    {
        var token = EnrolmentToken.Generate();
        var record = new EnrolmentRecord
        {
            Id = token.Id,
            SecretHash = token.SecretHash(),
            Namespace = "default",
            Handler = "office-7",
            Groups = ["*"],
            CreatedAt = stage.Wall,
            CreatedBy = "user:ana",
            ExpiresAt = stage.Wall.AddMinutes(15),
        };
        stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Add(change?.Invoke(record) ?? record)]
        ));
        return token;
    }

    /// <summary>Makes an agent that has enrolled as office-7.</summary>
    public static Enrollee Enrolled(Stage stage, Func<EnrolmentRecord, EnrolmentRecord>? change = null)
    {
        var agent = new Enrollee(stage);
        Assert.That(agent.Enrol(Token(stage, change), connection: 900), Is.TypeOf<Enrolled>());
        return agent;
    }

    public Enrol Asking(EnrolmentToken token, string? handler = null)
    {
        var text = KeyProofs.TextOfEnrol(token.Id, handler, PublicKey);
        return new Enrol(
            token.Id,
            PublicKey,
            KeyProofs.Prove(token.SecretHash(), text),
            KeyProofs.Sign(Key, text),
            handler
        );
    }

    public object Enrol(EnrolmentToken token, long connection, string? handler = null) =>
        Enrol(Asking(token, handler), connection);

    public object Enrol(Enrol enrol, long connection)
    {
        var answer = Say(
            new BrokerInput.EnrolSaid(connection, enrol, $"k{connection}", $"b{connection}", 1000),
            connection
        );
        if (answer is Enrolled enrolled)
        {
            (KeyId, BrokerId, Generation) = (enrolled.KeyId, enrolled.BrokerId, enrolled.Generation);
        }

        return answer;
    }

    public string Challenge(long connection)
    {
        var nonce = $"nonce-{Interlocked.Increment(ref _nonces)}";
        return Say(new BrokerInput.ChallengeSaid(connection, KeyId, nonce), connection) is Nonce said ? said.Value : "";
    }

    public Hello Hello(string nonce, string instance = "i", int capacity = 4, params string[] methods)
    {
        var hello = Stage.HelloOf("office-7", capacity, methods, instance);
        var proof = new HelloProof(KeyId, nonce, Generation, "");
        return hello with
        {
            Proof = proof with { Signature = KeyProofs.Sign(Key, KeyProofs.TextOfHello(BrokerId, hello, proof)) },
        };
    }

    /// <summary>Sends Challenge and Hello. The generation in the Welcome is not stored.</summary>
    public object Connect(long connection, string instance = "i", int capacity = 4, params string[] methods) =>
        Say(Hello(Challenge(connection), instance, capacity, methods), connection);

    /// <summary>Connects like an agent whose disk works: stores the generation, then answers the probe.</summary>
    public Peer Join(long connection, string instance = "i", int capacity = 4, params string[] methods)
    {
        var answer = Connect(connection, instance, capacity, methods);
        Assert.That(answer, Is.TypeOf<Welcome>(), $"{answer}");
        Generation = ((Welcome)answer).Generation!.Value;
        var peer = new Peer(stage, connection);
        peer.Pong();
        return peer;
    }

    public Rotate Rotation(string nonce, Enrollee next) =>
        Sign(new Rotate(KeyId, nonce, Generation, next.PublicKey, "", ""), next);

    public Rotate Sign(Rotate rotate, Enrollee next)
    {
        var text = KeyProofs.TextOfRotate(BrokerId, rotate);
        return rotate with { Proof = KeyProofs.Sign(Key, text), NewProof = KeyProofs.Sign(next.Key, text) };
    }

    public object Rotate(long connection, Enrollee next) => Say(Rotation(Challenge(connection), next), connection);

    /// <summary>Gives this agent the identity that the old agent got for it by a rotation.</summary>
    public void Become(Rotated rotated, Enrollee old) =>
        (KeyId, BrokerId, Generation) = (rotated.KeyId, old.BrokerId, rotated.Generation);

    public object Say(Rotate rotate, long connection) =>
        Say(new BrokerInput.RotateSaid(connection, rotate, $"k{connection}", 500), connection);

    public object Say(Hello hello, long connection) =>
        Say(new BrokerInput.HelloSaid(connection, hello, null, $"session-{connection}", 100), connection);

    /// <summary>
    /// Gives the input to the Core and returns the one message that the Core sends to the connection.
    /// </summary>
    private object Say(BrokerInput input, long connection) =>
        stage
            .Do(input)
            .Effects.OfType<Effect.Send>()
            .Where(send => send.Connection == connection && MessageKinds.IsAnswer(send.Message.Kind))
            .Select(send => send.Message)
            .Single();
}
