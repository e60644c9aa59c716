namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// The messages to an operator about a store that failed: what is wrong, what that means for what was acknowledged, and
/// what to do.
/// </summary>
internal static class StoreMessages
{
    private const string NotMended =
        "The Broker has not changed its content. Do not start over: put a whole copy in its place, or take the "
        + "original folder.";

    /// <summary>The message about a folder as no crash leaves it behind.</summary>
    /// <param name="what">The thing that was found, within a sentence.</param>
    public static StoreFailedException NotWhole(string what) =>
        new(
            $"The store cannot be opened: {what}. A crash or a power cut does not leave it so. It is a copy "
                + "that was made while a Broker wrote to it, or files were "
                + $"exchanged or taken away. What was acknowledged may be missing from it. {NotMended} A copy "
                + "is whole when it was made while the Broker was stopped."
        );

    /// <summary>The message about files that were of the same moment, and make no sense all the same.</summary>
    public static StoreFailedException Damaged(Exception cause) =>
        new(
            $"The store cannot be opened: its files are damaged ({cause.Message}). A crash or a power cut does "
                + "not leave them so. The disk may have changed them, or they "
                + "are a copy that was made while a Broker wrote to it. What was acknowledged may be missing "
                + $"from them. {NotMended}",
            cause
        );

    /// <summary>The message about a disk that could not be read or written while the store was opened.</summary>
    public static StoreFailedException DiskFailedAtStart(Exception cause) =>
        new(
            $"The store cannot be opened: {cause.Message} Check the disk (space, health, mount), then start "
                + "the Broker again. What was acknowledged was on the disk before "
                + "it was acknowledged.",
            cause
        );

    /// <summary>The message about a store that failed while it was at work.</summary>
    public static StoreFailedException Failed(Exception cause) =>
        new(
            $"The store has failed: {cause.Message} It takes nothing more. Check the disk (space, health, "
                + "mount), then restart the Broker. What was acknowledged was on the "
                + "disk before it was acknowledged.",
            cause
        );
}
