using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Core.Tests.Chance;

/// <summary>One running copy of a handler, and what it believes.</summary>
internal sealed class Player(string ns, string handler, string instance)
{
    public string Namespace => ns;

    public string Handler => handler;

    public string Instance => instance;

    /// <summary>0: not connected.</summary>
    public long Connection { get; set; }

    public string? Nonce { get; set; }

    public HashSet<AttemptId> Held { get; } = [];

    public Hello Hello(int capacity, IEnumerable<AttemptId> named) => new()
    {
        Protocol = 1,
        Handler = handler,
        Instance = instance,
        Capacity = capacity,
        Groups = [GroupOf(handler)],
        Methods = Offered(handler),
        Resume = [.. named.Select(id => new ResumedAttempt(id, id.Token))],
    };

    public static string GroupOf(string handler) => handler is "one" ? "odd" : "even";

    public static IReadOnlyList<OfferedMethod> Offered(string handler) => handler switch
    {
        "one" => [new OfferedMethod { Name = "a" }, new OfferedMethod { Name = "b", MaxConcurrent = 1 }],
        "two" => [new OfferedMethod { Name = "b" }, new OfferedMethod { Name = "c", MaxConcurrent = 2 }],
        _ => [new OfferedMethod { Name = "a", MaxConcurrent = 2 }, new OfferedMethod { Name = "c" }],
    };
}

/// <summary>Everyone who may connect, and the way for the Broker's words to reach them.</summary>
internal sealed class Cast
{
    public static readonly string[] Namespaces = ["default", "tenant-b"];
    public static readonly string[] Handlers = ["one", "two", "three"];

    public List<Player> Players { get; } =
    [
        .. from ns in Namespaces
           from handler in Handlers
           from instance in new[] { "i", "j" }
           select new Player(ns, handler, instance),
    ];

    public List<Player> Connected => Players.FindAll(player => player.Connection != 0);

    public void Hear(IEnumerable<Effect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Effect.SendAssign e when On(e.Connection) is { } player:
                    player.Held.UnionWith(e.Jobs.Select(job => new AttemptId(job.Id, job.Token)));
                    break;
                case Effect.Send { Message: Probe probe } e when On(e.Connection) is { } player:
                    player.Nonce = probe.Nonce;
                    break;
                case Effect.Send { Message: Ack ack } e when On(e.Connection) is { } player:
                    player.Held.ExceptWith(ack.Attempts.Select(attempt => attempt.AttemptId));
                    break;
                case Effect.Send { Message: Welcome welcome } e when On(e.Connection) is { } player:
                    player.Held.ExceptWith(welcome.Abandoned);
                    break;
                case Effect.Close e when On(e.Connection) is { } player:
                    player.Connection = 0;
                    break;
                default:
                    break;
            }
        }
    }

    private Player? On(long connection) => Players.Find(player => player.Connection == connection);
}
