namespace ScheduleZero.Contracts.Rest;

/// <summary>
/// Asks that schedules become as a file says: those that differ are saved, the others are left alone, all or none.
/// </summary>
/// <param name="Schedules">The schedules, 1 to 1,000, or none when pruning; each name once. Where <c>paused</c> is not
/// given, a schedule stays paused, or not paused, as it is.</param>
/// <param name="Prune">Whether the schedules that are not in the request are deleted, of those that the caller may
/// change.</param>
/// <param name="PruneMatching">A pattern: only schedules whose names fit it are deleted; <c>*</c> stands for any run of
/// characters.</param>
/// <param name="DryRun">Whether the answer only says what the apply would do.</param>
public sealed record ApplyRequest(
    IReadOnlyList<ScheduleRequest> Schedules,
    bool Prune = false,
    string? PruneMatching = null,
    bool DryRun = false
);

/// <summary>The answer to an apply.</summary>
/// <param name="DryRun">Whether nothing was done.</param>
/// <param name="Items">The schedules in the order of the request, then those that are deleted, or kept from deletion,
/// by name.</param>
public sealed record ApplyAnswer(bool DryRun, IReadOnlyList<AppliedSchedule> Items);

/// <summary>One schedule of an apply, and what was done about it.</summary>
/// <param name="Changes">The fields that differ, for <c>changed</c>.</param>
/// <param name="Version">The version that the schedule has now; in a dry run, and for a schedule that is deleted, the
/// version that it had. Not set for a schedule that would be new.</param>
/// <param name="Reason">Why the schedule is <c>kept</c>.</param>
public sealed record AppliedSchedule(
    string Name,
    AppliedAction Action,
    IReadOnlyList<FieldChange> Changes,
    int? Version = null,
    string? Reason = null
);

public enum AppliedAction
{
    Created,
    Changed,
    Unchanged,
    Deleted,

    /// <summary>The schedule is not in the file, and the caller may not delete it.</summary>
    Kept,
}
