using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Words;

/// <summary>The tone of a state: what its colour says. The word always stands beside it.</summary>
public enum Tone
{
    Idle,
    Ok,
    Run,
    Wait,
    Bad,
}

/// <summary>The words and tones of states.</summary>
internal static class StateText
{
    public static IReadOnlyList<JobState> States { get; } = Enum.GetValues<JobState>();

    public static string Of(JobState state) => state.ToString();

    public static Tone ToneOf(JobState state) =>
        state switch
        {
            JobState.Succeeded => Tone.Ok,
            JobState.Running => Tone.Run,
            JobState.Ready or JobState.Scheduled => Tone.Wait,
            JobState.Failed or JobState.Expired => Tone.Bad,
            _ => Tone.Idle,
        };

    public static bool IsFinal(JobState state) => state >= JobState.Succeeded;

    public static string ClassOf(Tone tone) =>
        tone switch
        {
            Tone.Ok => "ok",
            Tone.Run => "run",
            Tone.Wait => "wait",
            Tone.Bad => "bad",
            _ => "idle",
        };
}
