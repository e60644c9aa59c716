using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Methods;

/// <summary>The words for methods.</summary>
internal static class MethodText
{
    /// <summary>How a method stands with its handlers, as words with a tone.</summary>
    public static (string Words, Tone Tone) StandingOf(MethodView method) =>
        method.Pause is not null ? ("paused", Tone.Wait)
        : method.Handlers.Count > 0 ? ("offered", Tone.Ok)
        : method.WaitingJobs > 0 ? ("no handler", Tone.Bad)
        : ("no handler", Tone.Idle);

    /// <summary>What the standing means for the jobs of the method, in a sentence.</summary>
    public static string Meaning(MethodView method) =>
        (method.Handlers.Count, method.AwayHandlers) switch
        {
            (0, 0) => "No handler offers it: its jobs wait until one does.",
            (0, var away) =>
                $"{NumberText.Of(away, "handler", "handlers")} offered it and {Verb(away)} away: its jobs wait.",
            (var here, 0) => $"{NumberText.Of(here, "handler offers", "handlers offer")} it now.",
            (var here, var away) =>
                $"{NumberText.Of(here, "handler offers", "handlers offer")} it now; {NumberText.Whole(away)} more "
                    + $"{Verb(away)} away.",
        };

    /// <summary>The limits in few words, such as <c>3 at once, 100 in 1 min</c>.</summary>
    public static string Of(WorkLimits? limits) =>
        string.Join(
            ", ",
            new[]
            {
                limits?.RunningJobs is { } running ? $"{NumberText.Whole(running)} at once" : null,
                limits?.Rate is { } rate ? $"{NumberText.Whole(rate.Limit)} in {DurationText.Of(rate.Period)}" : null,
            }.OfType<string>()
        );

    private static string Verb(int count) => count == 1 ? "is" : "are";
}
