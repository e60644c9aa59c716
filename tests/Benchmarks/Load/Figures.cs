namespace ScheduleZero.Benchmarks.Load;

/// <summary>Sums up measurements.</summary>
internal static class Figures
{
    /// <param name="share">0 to 1.</param>
    /// <returns>Null when there is nothing to sum up.</returns>
    public static double? Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0
            ? null
            : Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))], 2);
    }

    public static double Round(double value, int digits = 2) => Math.Round(value, digits);
}
