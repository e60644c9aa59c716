namespace ScheduleZero.HandlerAgent;

/// <summary>Why an attempt is asked to stop. Later versions may add reasons.</summary>
public enum CancelReason
{
    /// <summary>Somebody cancelled the job, or the Broker gives a reason that this version does not know.</summary>
    Cancelled,

    /// <summary>The attempt has run longer than the job's time-out.</summary>
    TimedOut,

    /// <summary>
    /// The attempt's lease has ended without a heartbeat: the Broker may run the job elsewhere, and takes no result of
    /// this attempt.
    /// </summary>
    LeaseLost,

    /// <summary>
    /// The Broker gave the attempt up while this handler was away, or does not want the handler back. No result of the
    /// attempt is taken.
    /// </summary>
    Abandoned,

    /// <summary>The agent is stopping, and <see cref="HandlerAgentOptions.DrainTimeout"/> has passed.</summary>
    AgentStopping,
}
