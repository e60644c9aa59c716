namespace ScheduleZero.Simulation.Runs;

/// <summary>The seeds of the runs to make.</summary>
internal static class Seeds
{
    private const int CountDefault = 500;

    /// <summary>SZ_SEED alone, or as many fresh seeds as SZ_SEEDS says.</summary>
    public static IReadOnlyList<int> Wanted()
    {
        if (Environment.GetEnvironmentVariable("SZ_SEED") is { Length: > 0 } one)
        {
            return [int.Parse(one)];
        }

        var count = Environment.GetEnvironmentVariable("SZ_SEEDS") is { Length: > 0 } many
            ? int.Parse(many)
            : CountDefault;
        var first = System.Security.Cryptography.RandomNumberGenerator.GetInt32(1, int.MaxValue - count);
        return [.. Enumerable.Range(first, count)];
    }
}
