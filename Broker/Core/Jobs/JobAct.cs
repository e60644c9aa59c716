namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>What a bulk act does with each job that has not ended.</summary>
public abstract record JobAct
{
    private JobAct() { }

    /// <summary>Ends a job that waits, and asks the handler of one that runs to stop it.</summary>
    /// <param name="Grace">How long a running attempt may take to stop; null for the Broker's default.</param>
    public sealed record Cancel(TimeSpan? Grace) : JobAct;

    /// <summary>Ends a backoff, or a wait for <c>runAt</c>.</summary>
    public sealed record Retry : JobAct;

    /// <summary>Changes the priority of a job that waits.</summary>
    public sealed record Prioritise(int Priority) : JobAct;
}
