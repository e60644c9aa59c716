using Spectre.Console;

namespace ScheduleZero.Cli.Output;

/// <summary>The colours of words such as states and outcomes. No colour says more than its word.</summary>
internal static class Colours
{
    public static Style Of(string word) =>
        word switch
        {
            "succeeded" or "ready" or "online" or "accepted" => new Style(Color.Green),
            "failed" or "timedOut" or "lost" or "revoked" or "unresponsive" or "failing" => new Style(Color.Red),
            "running" or "starting" => new Style(Color.Blue),
            "scheduled" or "paused" or "drained" or "retrying" or "muted" => new Style(Color.Yellow),
            "cancelled" or "expired" or "offline" or "rejected" or "superseded" => new Style(Color.Grey),
            _ => Style.Plain,
        };
}
