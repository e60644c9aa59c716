using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>
/// The part of an agent that runs schedules while the Broker is out of reach, as the connection sees it. The connection
/// tells it when sessions begin and end, and takes its reports of offline runs. Safe from any thread.
/// </summary>
internal interface IOfflineCustodian
{
    /// <summary>The id of the folder in which the schedules are, for Hello.</summary>
    string Store { get; }

    /// <summary>Called when the agent begins to look for the Broker.</summary>
    void Start();

    /// <summary>
    /// Called when a session has begun: nothing new begins offline, and the Broker is told of all that ran.
    /// </summary>
    void SessionOpened();

    /// <summary>Called when the session has ended; without one before, nothing happens.</summary>
    /// <param name="silence">How long ago the Broker was last heard.</param>
    void SessionClosed(TimeSpan silence);

    /// <summary>Receives schedules that the Broker gives, or takes back.</summary>
    void ReceiveCopies(Keep keep);

    /// <summary>Receives the Broker's answer to a report of offline runs.</summary>
    void ReceiveAnswer(Taken taken);

    /// <summary>
    /// Accepts an attempt that the Broker assigned although its occurrence ran here: the report of that run settles the
    /// job.
    /// </summary>
    /// <returns>False: the attempt is to be run, and its occurrence is the Broker's from now on.</returns>
    bool TrySettle(AssignedAttempt assigned);

    /// <summary>The next message about offline runs; null when all is said, or an answer must come first.</summary>
    Ran? TakeReport();
}
