namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>How full the disk of the store is.</summary>
public enum DiskLevel
{
    /// <summary>All is taken.</summary>
    Enough,

    /// <summary>
    /// Less than the reserve is free: new work is refused and schedules stand still, so that what is there can be
    /// finished, read and deleted.
    /// </summary>
    Low,

    /// <summary>
    /// A small part of the reserve is left: nothing that waits is started either, so that what runs can say how it
    /// ended.
    /// </summary>
    VeryLow,
}
