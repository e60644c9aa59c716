namespace ScheduleZero.Simulation.Runs;

/// <summary>
/// What producers, operators and bad luck do. Each act is one entry of a run's list, and may be left out when a failure
/// is shortened.
/// </summary>
internal enum ActKind
{
    Enqueue,
    EnqueueBatch,
    EnqueueChain,
    EnqueueSet,
    SubmitBatch,
    CancelBatch,
    Cancel,
    Retry,
    SaveSchedule,
    PauseSchedule,
    ResumeSchedule,
    DeleteSchedule,
    TriggerSchedule,
    BackfillSchedule,
    CancelBackfill,
    Drain,
    Undrain,
    Disconnect,
    RevokeKey,
    NarrowKey,
    KillBroker,
    StopBroker,
    SuspendBroker,
    FailStore,
    SlowDisk,
    SetWallClock,
    SetAgentClock,
    CutConnection,
    HalfOpenConnection,
    PartitionHandler,
    LoseMessages,
    RepeatMessages,
    RestartBridge,
    LoseLinkMessage,
    KillAgent,
    SuspendAgent,
    MoveAgent,
    RogueSpeaks,
    RogueConnects,
    SaveCalendar,
    PauseMethod,
    ResumeMethod,
}

/// <param name="At">When the act happens, in milliseconds from the start of the run.</param>
/// <param name="A">The target of the act, as a number of which the world takes the remainder; so are the
/// others.</param>
internal readonly record struct Act(int At, ActKind Kind, int A, int B, int C)
{
    public override string ToString() => $"{At / 1000.0, 8:0.000} s  {Kind} {A} {B} {C}";
}
