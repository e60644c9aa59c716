namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>What all namespaces hold together, against what the Broker may.</summary>
internal sealed class WholeUse(CoreOptions options)
{
    public int Unfinished { get; set; }

    public int Running { get; set; }

    /// <summary>Nothing more may start to run, wherever.</summary>
    public bool IsBusy => options.RunningJobsMax is { } max && Running >= max;

    public bool HasRoomForJobs(int count) => options.WaitingJobsMax is not { } max || Unfinished - Running + count <= max;
}
