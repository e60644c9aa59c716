using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Rest;
using static ScheduleZero.Broker.Core.Explaining.GateViews;

namespace ScheduleZero.Broker.Core.Explaining;

/// <summary>
/// Explains the gates that depend on handlers: whether one offers the method, may run the job, answers, and has room.
/// </summary>
internal sealed class HandlerGates(SessionTable sessions, HandlerTable handlers)
{
    /// <summary>How many sessions, or handlers, one explanation reads at most.</summary>
    public const int ReadMax = 10_000;

    public GateView Offered(Job job, Pool pool, List<SessionOffer> live)
    {
        var spec = job.Spec;
        if (live.Count > 0)
        {
            return Pass(GateCode.NoHandler, $"{Names(live)} may run it.");
        }

        var whom =
            spec.Handler is { } name ? $"Handler {name}"
            : spec.Group is { } group ? $"A handler of group {group}"
            : "A handler";
        if (NotPermitted(job) is { } denied)
        {
            return denied;
        }

        if (Away(job) is { Count: > 0 } away)
        {
            return Hold(
                GateCode.Offline,
                $"{string.Join(", ", away)} may run it, and none of them is connected.",
                "One of them connects."
            );
        }

        return pool.FindLane(new LaneKey(spec.Method, null, null)) is { Offering.Count: > 0 }
            ? Hold(
                GateCode.NoMatch,
                $"{whom} is asked for; those that offer {spec.Method} are others.",
                $"{whom} that offers {spec.Method} connects."
            )
            : Hold(GateCode.NoHandler, $"Nobody offers {spec.Method}.", $"{whom} that offers {spec.Method} connects.");
    }

    /// <summary>Explains whether a session takes new work.</summary>
    /// <param name="live">The offers of the connected sessions that may run the job.</param>
    /// <param name="fresh">Those of the offers whose handlers take new work.</param>
    public static GateView Draining(List<SessionOffer> live, List<SessionOffer> fresh) =>
        fresh.Count > 0
            ? Pass(GateCode.Draining, "A handler that may run it takes new work.")
            : Hold(
                GateCode.Draining,
                $"{Names(live)} may run it, and take no new work.",
                "One of them is resumed, or another connects."
            );

    /// <summary>Explains whether a session answers probes.</summary>
    /// <param name="fresh">The offers of the connected sessions that may run the job and take new work.</param>
    /// <param name="ready">Those of the offers whose sessions answer probes.</param>
    public static GateView Unresponsive(List<SessionOffer> fresh, List<SessionOffer> ready) =>
        ready.Count > 0
            ? Pass(GateCode.Unresponsive, "A handler that may run it answers.")
            : Hold(
                GateCode.Unresponsive,
                $"{Names(fresh)} may run it, and have not answered the Broker's probe.",
                "One of them answers."
            );

    public static GateView Room(JobSpec spec, List<SessionOffer> ready, Moment now)
    {
        var roomy = ready.FindAll(offer =>
            offer.Running.Count < offer.Capacity && offer.HasRoomFor(offer.Methods[spec.Method])
        );
        if (roomy.Count == 0)
        {
            return Hold(
                GateCode.HandlersFull,
                $"{Names(ready)} may run it, and have no room.",
                "One of their jobs ends, or they grant more capacity."
            );
        }

        if (roomy.Exists(offer => offer.HandlerGate!.IsOpen))
        {
            return Pass(GateCode.HandlersFull, "A handler that may run it has room.");
        }

        var opens = roomy
            .Select(offer => offer.HandlerGate!)
            .Where(gate => !gate.IsFull)
            .Select(gate => OpensAt(gate.Window!, gate.Limits!.Rate!.Limit, now))
            .Min();
        return Hold(
            GateCode.HandlerLimit,
            $"{Names(roomy)} may run it, and have reached the limits that an operator gave them.",
            "One of their jobs ends, or the next may begin.",
            opens
        );
    }

    private GateView? NotPermitted(Job job)
    {
        var spec = job.Spec;
        if (Denied(job, session => session.DeniedMethods?.Contains(spec.Method) == true) is { } denied)
        {
            return Hold(
                GateCode.NotPermitted,
                $"Handler {denied} is connected and wants to offer {spec.Method}, which its key does not allow.",
                "The key is changed to allow it, or another handler offers it."
            );
        }

        if (
            spec.Group is { } wanted
            && Denied(
                job,
                session =>
                    session.DeniedGroups?.Contains(wanted) == true && session.Offer.Methods.ContainsKey(spec.Method)
            )
                is { } outside
        )
        {
            return Hold(
                GateCode.NotPermitted,
                $"Handler {outside} offers {spec.Method} and wants to join group {wanted}, which its key does "
                    + "not allow.",
                "The key is changed to allow it, or another handler of the group offers it."
            );
        }

        return null;
    }

    private string? Denied(Job job, Func<Session, bool> isDenied) =>
        sessions
            .All.Take(ReadMax)
            .Where(session => session.Namespace == job.Namespace && session.Connection is not null && isDenied(session))
            .Select(session => session.Handler)
            .FirstOrDefault(handler => job.Spec.Handler is null || job.Spec.Handler == handler);

    private List<string> Away(Job job) =>
        [
            .. handlers
                .All.Take(ReadMax)
                .Where(handler =>
                    handler.Namespace == job.Namespace
                    && (job.Spec.Handler is null || job.Spec.Handler == handler.Name)
                    && (
                        job.Spec.Handler is not null
                        || job.Spec.Group is null
                        || handler.Groups.Contains(job.Spec.Group)
                    )
                    && handler.Methods.Contains(job.Spec.Method)
                )
                .Select(handler => handler.Name)
                .Take(NamedMax),
        ];
}
