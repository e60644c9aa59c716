using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Words;

/// <summary>The words and tones of schedules.</summary>
internal static class ScheduleText
{
    public static IReadOnlyList<ScheduleState> States { get; } = Enum.GetValues<ScheduleState>();

    /// <summary>The state of a schedule, as the filter of REST means it.</summary>
    public static ScheduleState StateOf(ScheduleView schedule) =>
        schedule.Paused ? ScheduleState.Paused
        : schedule.Stopped is not null ? ScheduleState.Stopped
        : schedule.NextNominal is not null ? ScheduleState.Active
        : ScheduleState.Ended;

    public static Tone ToneOf(ScheduleState state) =>
        state switch
        {
            ScheduleState.Active => Tone.Ok,
            ScheduleState.Paused => Tone.Wait,
            ScheduleState.Stopped => Tone.Bad,
            _ => Tone.Idle,
        };

    public static string Of(MisfirePolicy policy) =>
        policy switch
        {
            MisfirePolicy.None => "none: missed instants make no job",
            MisfirePolicy.Earliest => "earliest: the first missed instant makes a job",
            MisfirePolicy.All => "all: each missed instant makes a job",
            _ => "latest: the last missed instant makes a job",
        };

    public static string Of(OverlapPolicy policy) =>
        policy switch
        {
            OverlapPolicy.Skip => "skip: the new occurrence makes no job",
            OverlapPolicy.Queue => "queue: one occurrence waits for the job before",
            OverlapPolicy.CancelPrevious => "cancel previous: the job before is cancelled",
            _ => "allow: both jobs run",
        };

    public static string Of(OfflinePolicy policy) =>
        policy == OfflinePolicy.Run
            ? "run: the handler fires by itself from its own copy"
            : "wait: jobs wait for the handler";
}
