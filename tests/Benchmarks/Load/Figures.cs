namespace ScheduleZero.Benchmarks.Load;

/// <summary>Computes percentiles and other figures of measurements.</summary>
internal static class Figures
{
    /// <param name="share">The percentile as a share, 0 to 1.</param>
    /// <returns>The percentile; null when there are no values.</returns>
    public static double? Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0
            ? null
            : Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))], 2);
    }

    public static double Round(double value, int digits = 2) => Math.Round(value, digits);
}
