using System.Globalization;
using System.Text;

namespace ScheduleZero.Benchmarks.Compare;

/// <summary>
/// Writes the table of a comparison in Markdown: medians over the rounds, and ratios to one contestant.
/// </summary>
internal static class CompareTable
{
    private const string Head = """
        | broker | jobs/s | × NATS | CPU ms a job | × NATS | enqueue ms, p50 / p99 | idle: enqueue ms, p50 | idle: start ms, p50 / p99 | peak MiB | rounds × jobs | acknowledged means |
        |---|---|---|---|---|---|---|---|---|---|---|
        """;

    /// <param name="reasons">Why a contestant has no result, by its name.</param>
    public static string Of(
        IReadOnlyList<Contestant> contestants,
        IReadOnlyList<CompareResult> results,
        IReadOnlyDictionary<string, string> reasons
    )
    {
        var byName = results.ToLookup(result => result.Name);
        var reference = byName[Contestants.Reference].ToList();
        var text = new StringBuilder(Head).Append('\n');
        foreach (var contestant in contestants)
        {
            var own = byName[contestant.Name].ToList();
            var reason = reasons.GetValueOrDefault(contestant.Name, "stopped");
            text.Append(
                own.Count > 0 ? Row(contestant, own, reference) : $"| {contestant.Title} | not measured: {reason} |"
            );
            text.Append('\n');
        }

        if (results.Count > 0)
        {
            var others = Median(results, result => result.OtherCores);
            text.Append($"\n{Machine()}. Meanwhile the rest of the machine used {Digits(others, 2)} cores.\n");
        }

        return text.ToString();
    }

    private static string Row(Contestant contestant, List<CompareResult> own, List<CompareResult> reference)
    {
        var jobs = Median(own, result => result.JobsPerSecond);
        var range =
            $"{Whole(own.Min(result => result.JobsPerSecond))}–{Whole(own.Max(result => result.JobsPerSecond))}";
        string[] cells =
        [
            contestant.Title,
            own.Count == 1 ? Whole(jobs) : $"{Whole(jobs)} ({range})",
            Ratio(own, reference, result => result.JobsPerSecond),
            Digits(Median(own, result => result.CpuMs), 3),
            Ratio(own, reference, result => result.CpuMs),
            Pair(own, result => result.EnqueueP50Ms, result => result.EnqueueP99Ms),
            Digits(Median(own, result => result.IdleEnqueueP50Ms), 2),
            Pair(own, result => result.StartP50Ms, result => result.StartP99Ms),
            Whole(Median(own, result => result.PeakMib)),
            $"{own.Count} × {Whole(own[0].Jobs)}",
            contestant.Acknowledged,
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    private static string Ratio(
        List<CompareResult> own,
        List<CompareResult> reference,
        Func<CompareResult, double> figure
    ) => reference.Count == 0 ? "" : Digits(Median(own, figure) / Median(reference, figure), 2);

    private static string Pair(
        List<CompareResult> own,
        Func<CompareResult, double> p50,
        Func<CompareResult, double> p99
    ) => $"{Digits(Median(own, p50), 2)} / {Digits(Median(own, p99), 2)}";

    private static double Median(IEnumerable<CompareResult> results, Func<CompareResult, double> figure)
    {
        var sorted = results.Select(figure).Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Machine()
    {
        var model = File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':')[1]
            .Trim();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024);
        return $"{Environment.ProcessorCount} cores ({model ?? "of unknown model"}), {Whole(memory)} GiB, "
            + $".NET {Environment.Version}";
    }

    private static string Whole(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Digits(double value, int digits) =>
        value.ToString($"#,0.{new string('0', digits)}", CultureInfo.InvariantCulture);
}
