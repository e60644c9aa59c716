using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>
/// The part of an agent that runs schedules while the Broker is out of reach, as the connection sees it. It hears when
/// sessions begin and end, and gives what is to be said of offline runs. Safe from any thread.
/// </summary>
internal interface IOfflineCustodian
{
    /// <summary>The id of the folder in which schedules are kept, for Hello.</summary>
    string Store { get; }

    /// <summary>The agent begins to look for the Broker.</summary>
    void Start();

    /// <summary>A session has begun: nothing new begins offline, and the Broker is told of all that ran.</summary>
    void SessionOpened();

    /// <summary>The session has ended; without one before, nothing happens.</summary>
    /// <param name="silence">How long ago the Broker was last heard.</param>
    void SessionClosed(TimeSpan silence);

    /// <summary>The Broker gives schedules to be kept, or takes some back.</summary>
    void ReceiveCopies(Keep keep);

    /// <summary>The Broker answers what it was told of offline runs.</summary>
    void ReceiveAnswer(Taken taken);

    /// <summary>
    /// Takes an attempt that the Broker assigned when its occurrence ran here: the report of that run settles the job.
    /// </summary>
    /// <returns>False: the attempt is to be run, and its occurrence is the Broker's from now on.</returns>
    bool TrySettle(AssignedAttempt assigned);

    /// <summary>The next message about offline runs; null when all is said, or an answer must come first.</summary>
    Ran? TakeReport();
}
