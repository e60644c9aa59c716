namespace ScheduleZero.Contracts.Rest;

/// <summary>
/// Asks that schedules be as a file says: those that differ are saved, the others are left alone, all or none.
/// </summary>
/// <param name="Schedules">1 to 1,000, or none when pruning; each name once. Where <c>paused</c> is not given, a
/// schedule stays as it is.</param>
/// <param name="Prune">Deletes the schedules that are not among them, of those that the caller may change.</param>
/// <param name="PruneMatching">Only deletes those whose names match it; <c>*</c> stands for any run of
/// characters.</param>
/// <param name="DryRun">Only says what would be done.</param>
public sealed record ApplyRequest(
    IReadOnlyList<ScheduleRequest> Schedules,
    bool Prune = false,
    string? PruneMatching = null,
    bool DryRun = false
);

/// <param name="DryRun">Nothing was done.</param>
/// <param name="Items">In the order of the request, then those that are deleted, or kept from it, by name.</param>
public sealed record ApplyAnswer(bool DryRun, IReadOnlyList<AppliedSchedule> Items);

/// <param name="Changes">What differs, for <c>changed</c>.</param>
/// <param name="Version">That which it has now; of a dry run, and of one that is deleted, that which it had. None for
/// one that would be new.</param>
/// <param name="Reason">Why it is <c>kept</c>.</param>
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

    /// <summary>Not in the file, and not the caller's to delete.</summary>
    Kept,
}
