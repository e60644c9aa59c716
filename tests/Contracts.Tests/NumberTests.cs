using System.Reflection;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Contracts.Tests;

/// <summary>
/// A JSON number above 2^53 is not what was written once JavaScript has read it: no number of ours gets there.
/// </summary>
public sealed class NumberTests
{
    private const long Exact = 1L << 53;
    private const long Counts = 1_000_000_000_000_000;

    // Counts of what was done, of rows and of versions: one each microsecond for thirty years comes to less.
    private static readonly string[] Counted =
    [
        "BackfillView.Total",
        "BackfillView.Made",
        "BackfillView.Present",
        "BrokerStats.Scheduled",
        "BrokerStats.Ready",
        "BrokerStats.Running",
        "BrokerStats.Enqueued",
        "BrokerStats.Finished",
        "BrokerStats.Commits",
        "AuditEvent.Sequence",
        "AuditDetail.Through",
        "AuditDetail.Before",
        "AuditVerdict.Count",
        "AuditVerdict.First",
        "AuditVerdict.Last",
        "AuditFault.Sequence",
        "AuditPoint.Sequence",
        "AuditChainView.Events",
        "AuditChainView.SignedThrough",
        "RoleView.Version",
        "NamespaceView.Version",
        "ExecutionStatsRow.Total",
        "ExecutionStatsRow.Succeeded",
        "ExecutionStatsStep.Total",
        "ExecutionStatsStep.Succeeded",
        "ScheduleView.Occurrences",
        "ScheduleView.Missed",
        "SimulationAnswer.Starts",
        "SimulationAnswer.Hours",
        "SimulationAnswer.HoursOfDay",
        "SimulationAnswer.StartsSaved",
        "SimulatedSchedule.Starts",
        "SimulatedPeak.Starts",
        "SimulatedCollision.Seconds",
        "SimulatedCollision.Starts",
        "SimulatedDifference.StartsBefore",
        "SimulatedDifference.StartsAfter",
        "BulkActView.Matched",
        "BulkActView.Done",
        "BulkActView.Changed",
        "OccurrenceView.Count",
        "JobCounts.Scheduled",
        "JobCounts.Ready",
        "JobCounts.Running",
        "JobCounts.Succeeded",
        "JobCounts.Failed",
        "JobCounts.Cancelled",
        "JobCounts.Expired",
        "AlertChannelView.Dropped",
        "AlertView.Count",
    ];

    // Microseconds since 1970, in the last year that instants are taken from.
    private static readonly long LastLine =
        (new DateTimeOffset(2200, 1, 1, 0, 0, 0, TimeSpan.Zero) - DateTimeOffset.UnixEpoch).Ticks / 10;

    // A random step each connect, then steps of one (KeyPair.Advance).
    private const long Generations = (1L << 52) + (1L << 30) + Counts;

    private static readonly Dictionary<string, long> Bounds = new(StringComparer.Ordinal)
    {
        ["LogLine.Sequence"] = LastLine,
        ["Welcome.Generation"] = Generations,
        ["Enrolled.Generation"] = Generations,
        ["HelloProof.Generation"] = Generations,
        ["Rotate.Generation"] = Generations,
        ["Rotated.Generation"] = Generations,
        ["NamespaceLimits.StoredBytes"] = Counts,
        ["NamespaceUsage.StoredBytes"] = Counts,
        ["BrokerStats.DiskFreeBytes"] = Counts,
        ["ScheduleRequest.MaxOccurrences"] = Limits.OccurrencesMax,
        ["ScheduleView.MaxOccurrences"] = Limits.OccurrencesMax,
    };

    [Test]
    public void Every_long_of_a_contract_has_a_bound_that_every_reader_holds()
    {
        var known = Counted
            .ToDictionary(name => name, _ => Counts, StringComparer.Ordinal)
            .Concat(Bounds)
            .ToDictionary();
        Assert.That(Longs().Except(known.Keys), Is.Empty, "A new one needs its bound here, or is a string.");
        Assert.That(known.Keys.Except(Longs()), Is.Empty);
        Assert.That(known.Values, Is.All.LessThan(Exact));
    }

    private static List<string> Longs() =>
        [
            .. typeof(JobView)
                .Assembly.GetExportedTypes()
                .Where(type =>
                    type is { IsEnum: false }
                    && type.Namespace
                        is "ScheduleZero.Contracts.Rest"
                            or "ScheduleZero.Contracts.Handlers"
                            or "ScheduleZero.Contracts.Audit"
                )
                // A header of words, and what reads and writes the others.
                .Where(type => type != typeof(FrameHeader) && type != typeof(RestJson))
                .SelectMany(type =>
                    type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                )
                .Where(property => IsLong(property.PropertyType))
                .Select(property => $"{property.DeclaringType!.Name}.{property.Name}")
                .Order(StringComparer.Ordinal),
        ];

    private static bool IsLong(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var plain
        && (
            plain == typeof(long)
            || plain == typeof(ulong)
            || plain == typeof(decimal)
            || (plain.IsGenericType && plain.GetGenericArguments().Any(IsLong))
        );
}
