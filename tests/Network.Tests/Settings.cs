namespace ScheduleZero.Network.Tests;

/// <summary>Durations of the long scenarios. Environment variables change them.</summary>
internal static class Settings
{
    /// <summary>How long a link stays cut.</summary>
    public static TimeSpan Cut { get; } = Seconds("SZ_CUT_SECONDS", 20);

    /// <summary>How long the job runs that a cut or a restart interrupts; longer than the cut.</summary>
    public static TimeSpan Job { get; } = Seconds("SZ_JOB_SECONDS", 30);

    /// <summary>How often the campaign cuts the office off.</summary>
    public static int Partitions { get; } = Number("SZ_PARTITIONS", 3);

    /// <summary>The seed of the moments that a campaign chooses.</summary>
    public static int Seed { get; } = Number("SZ_SEED", Environment.ProcessId);

    private static TimeSpan Seconds(string variable, int otherwise) =>
        TimeSpan.FromSeconds(Number(variable, otherwise));

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)
            : otherwise;
}
