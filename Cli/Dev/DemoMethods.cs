namespace ScheduleZero.Cli.Dev;

/// <summary>The methods that the demo's handler offers.</summary>
internal static class DemoMethods
{
    /// <summary>The method that answers a greeting at once: <c>{ "name" }</c> → <c>{ "text" }</c>.</summary>
    public const string Greet = "demo.greet";

    /// <summary>
    /// The method that counts, a step each 0.2 s, and reports progress: <c>{ "to" }</c> → <c>{ "steps" }</c>.
    /// </summary>
    public const string Count = "demo.count";

    /// <summary>The method that fails on its first attempt and succeeds on the second, to show a retry.</summary>
    public const string Stumble = "demo.stumble";
}

internal sealed record GreetParams(string Name);

internal sealed record Greeting(string Text);

internal sealed record CountParams(int To);

internal sealed record Counted(int Steps);
