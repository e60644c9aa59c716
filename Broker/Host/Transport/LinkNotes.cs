using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>Makes the audit log's notes of Bridges. Used only on the socket's thread.</summary>
internal sealed class LinkNotes(IBrokerEdge edge, TimeProvider time)
{
    /// <summary>
    /// How many refused Bridges get an event of their own in a minute. The number is bounded, since anybody may cause
    /// refusals.
    /// </summary>
    public const int RefusedPerMinute = 60;

    private const string Open = "bridges:open";

    private readonly RefusalBudget _refused = new(RefusedPerMinute);
    private readonly long _started = time.GetTimestamp();

    /// <summary>Notes that a link was opened.</summary>
    /// <param name="others">How many other links have the same name.</param>
    public void Opened(BridgeLink link, int others) =>
        Put(OfLink(link, Open) with { Reason = others == 0 ? null : $"{others} more links have this name" });

    /// <summary>Notes that a link's connection was turned away; called only for the first one of each link.</summary>
    public void Full(BridgeLink link, int connectionsMax) =>
        Put(
            OfLink(link, "bridges:connect") with
            {
                Outcome = AuditOutcomes.Denied,
                Reason = $"it carries {connectionsMax} connections already",
            }
        );

    public void Closed(BridgeLink link, string reason) => Put(OfLink(link, "bridges:close") with { Reason = reason });

    /// <summary>
    /// Notes a refused Bridge, without the name that the Bridge gave itself, which nobody has proved.
    /// </summary>
    public void Refused(BridgeHello hello, string code)
    {
        if (_refused.TryTake(time.GetElapsedTime(_started)))
        {
            Put(OfStranger(code) with { Object = $"key:{hello.KeyId}" });
        }
    }

    /// <summary>Writes how many refusals got no event, once their minute is over. Called every few seconds.</summary>
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

    private void Put(AuditNote note) => edge.Put(new BrokerInput.Noted { Audit = note });
}
