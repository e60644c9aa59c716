using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core;

/// <summary>The refusals that several commands classes share.</summary>
internal static class Refusals
{
    public static Answer.Refused NoSuchNamespace { get; } = new(ErrorCodes.NotFound, "There is no such namespace.");

    public static Answer.Refused NamespaceFull { get; } =
        new(
            ErrorCodes.RateLimited,
            "The namespace, or the whole Broker, has as many waiting jobs, or stored bytes, as it may; come "
                + "again when some have run, or been forgotten."
        );

    public static Answer.Refused DiskFull { get; } =
        new(
            ErrorCodes.StorageFull,
            "The Broker's disk is nearly full, so it takes no new work; jobs that are there are finished, and "
                + "can be read, cancelled and deleted. Come again later."
        );
}
