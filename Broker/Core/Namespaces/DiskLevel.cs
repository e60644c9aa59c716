namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>How full the disk of the store is.</summary>
public enum DiskLevel
{
    /// <summary>The disk has room: all work is accepted.</summary>
    Enough,

    /// <summary>
    /// Less than the reserve is free: new work is refused and schedules stand still, so that the jobs that are there
    /// can be finished, read and deleted.
    /// </summary>
    Low,

    /// <summary>
    /// Only a small part of the reserve is free: waiting jobs are not started either, so that the outcomes of running
    /// jobs can be stored.
    /// </summary>
    VeryLow,
}
