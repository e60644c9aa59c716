using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Host.Api.Schedules;

/// <summary>
/// The instants that a backfill covers, without those that calendars exclude. The instants are counted outside the
/// loop, where the count delays nobody.
/// </summary>
/// <param name="To">
/// The end as asked for, or the end of the past that the schedule has served, if that is earlier.
/// </param>
internal sealed record BackfillPlan(
    DateTimeOffset From,
    DateTimeOffset To,
    OverlapPolicy Overlap,
    IReadOnlyList<DateTimeOffset> Instants,
    ProblemAnswer? Problem
)
{
    public static BackfillPlan Of(
        Schedule schedule,
        Exclusions exclusions,
        BackfillRequest asked,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var from = asked.From.ToUniversalTime();
        var served = schedule.NextNominal is { } next && next < now ? next : now;
        var to = asked.To < served ? asked.To.ToUniversalTime() : served;
        var overlap =
            asked.Overlap ?? (schedule.Overlap == OverlapPolicy.Allow ? OverlapPolicy.Allow : OverlapPolicy.Queue);
        var clock = TriggerClock.TryCreate(schedule.Trigger, schedule.CreatedAt, out _) ?? TriggerClock.Never;
        var instants = new List<DateTimeOffset>();
        foreach (var instant in Broker.Core.Schedules.Instants.Between(clock, exclusions, from, to))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (instants.Count == Limits.BackfillMax)
            {
                return Refused(
                    "to",
                    $"More than {Limits.BackfillMax:N0} instants are in this range, until {instant:O} alone. "
                        + "Ask for a shorter one, and then for the rest."
                );
            }

            instants.Add(instant);
        }

        return instants.Count == 0
            ? Refused(
                "from",
                $"Nothing was due from {from:O} to {to:O}, which is as far as the past of this schedule goes."
            )
            : new BackfillPlan(from, to, overlap, instants, null);

        BackfillPlan Refused(string field, string why) => new(from, to, overlap, [], Problems.Invalid(field, why));
    }
}
