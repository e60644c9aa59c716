namespace ScheduleZero.Network.Tests;

/// <summary>How long the long scenarios take; environment variables change it.</summary>
internal static class Settings
{
    /// <summary>How long a link stays cut.</summary>
    public static TimeSpan Cut { get; } = Seconds("SZ_CUT_SECONDS", 20);

    /// <summary>How long the job runs into which a cut or a restart falls. Longer than the cut.</summary>
    public static TimeSpan Job { get; } = Seconds("SZ_JOB_SECONDS", 30);

    private static TimeSpan Seconds(string variable, int otherwise) =>
        TimeSpan.FromSeconds(Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text) : otherwise);
}
