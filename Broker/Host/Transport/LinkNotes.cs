using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>What the audit log says of Bridges. Owned by the socket's thread.</summary>
internal sealed class LinkNotes(TimeProvider time)
{
    /// <summary>Refused Bridges that get an event of their own, a minute; anybody may cause them.</summary>
    public const int RefusedPerMinute = 60;

    private const string Open = "bridges:open";

    private readonly RefusalBudget _refused = new(RefusedPerMinute);
    private readonly long _started = time.GetTimestamp();

    /// <summary>Where notes go; set once, before the socket starts.</summary>
    public IBrokerEdge Edge { get; set; } = null!;

    /// <param name="others">Links that have the same name.</param>
    public void Opened(BridgeLink link, int others) =>
        Put(OfLink(link, Open) with { Reason = others == 0 ? null : $"{others} more links have this name" });

    /// <summary>The first of a link's connections that was turned away; those after it are not noted.</summary>
    public void Full(BridgeLink link, int connectionsMax) =>
        Put(
            OfLink(link, "bridges:connect") with
            {
                Outcome = AuditOutcomes.Denied,
                Reason = $"it carries {connectionsMax} connections already",
            }
        );

    public void Closed(BridgeLink link, string reason) => Put(OfLink(link, "bridges:close") with { Reason = reason });

    /// <summary>The name that a refused Bridge gave itself counts for nothing.</summary>
    public void Refused(BridgeHello hello, string code)
    {
        if (_refused.TryTake(time.GetElapsedTime(_started)))
        {
            Put(OfStranger(code) with { Object = $"key:{hello.KeyId}" });
        }
    }

    /// <summary>Call it every now and then: it writes how many got no event, once their minute is over.</summary>
    public void Sweep()
    {
        if (_refused.TakeMissed(time.GetElapsedTime(_started)) is > 0 and var missed)
        {
            Put(OfStranger($"{missed} more refused Bridges"));
        }
    }

    private static AuditNote OfLink(BridgeLink link, string action) =>
        new()
        {
            Actor = $"bridge:{link.Name}",
            Method = AuditNotes.ApiKeyMethod,
            Action = action,
            Object = $"key:{link.Hello.KeyId}",
        };

    private static AuditNote OfStranger(string reason) =>
        new()
        {
            Actor = AuditNote.Anonymous,
            Action = Open,
            Outcome = AuditOutcomes.Denied,
            Reason = reason,
        };

    private void Put(AuditNote note) => Edge.Put(new BrokerInput.Noted { Audit = note });
}
