using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Network;

namespace ScheduleZero.Simulation.Handlers;

/// <summary>One handler of the run: its name and key, the way to the Broker, and the state of that way.</summary>
internal sealed class Member(string ns, string handler, int copy, Bridge? via)
{
    private static readonly byte[] SecretHash = [1, 2, 3];

    private int _keys = 1;

    public string Namespace => ns;

    public string Handler => handler;

    public Bridge? Via => via;

    public int Capacity { get; init; }

    public TimeSpan CutUntil { get; set; }

    public TimeSpan LosesUntil { get; set; }

    public TimeSpan RepeatsUntil { get; set; }

    public string KeyId => $"{ns}/{handler}/{_keys}";

    public KeyClaim Claim => new(KeyId, SecretHash);

    public string Group => GroupOf(handler);

    public IReadOnlyList<OfferedMethod> Methods => MethodsOf(handler);

    /// <summary>Makes a new key after the old one was revoked.</summary>
    public void Rekey() => _keys++;

    public KeyRecord Key(DateTimeOffset now) =>
        new()
        {
            Id = KeyId,
            SecretHash = SecretHash,
            Kind = KeyKind.Handler,
            Namespace = ns,
            Handler = handler,
            Groups = ["*"],
            CreatedAt = now,
            CreatedBy = "simulation",
        };

    public static string GroupOf(string handler) => handler is "one" ? "odd" : "even";

    public static IReadOnlyList<OfferedMethod> MethodsOf(string handler) =>
        handler switch
        {
            "one" => [new OfferedMethod { Name = "a" }, new OfferedMethod { Name = "b", MaxConcurrent = 1 }],
            "two" => [new OfferedMethod { Name = "b" }, new OfferedMethod { Name = "c", MaxConcurrent = 2 }],
            _ => [new OfferedMethod { Name = "a", MaxConcurrent = 2 }, new OfferedMethod { Name = "c" }],
        };

    public override string ToString() => $"{ns}/{handler}.{copy}";
}
