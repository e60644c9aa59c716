namespace ScheduleZero.Cli.Dev;

/// <summary>The methods that the demo's handler offers.</summary>
internal static class DemoMethods
{
    /// <summary><c>{ "name" }</c> → <c>{ "greeting" }</c>, at once.</summary>
    public const string Greet = "demo.greet";

    /// <summary><c>{ "to" }</c> → <c>{ "counted" }</c>; a step each 0.2 s, with progress and a log line.</summary>
    public const string Count = "demo.count";

    /// <summary>Fails on its first attempt and succeeds on the second, to show a retry.</summary>
    public const string Stumble = "demo.stumble";
}

internal sealed record GreetParams(string Name);

internal sealed record Greeting(string Text);

internal sealed record CountParams(int To);

internal sealed record Counted(int Steps);
