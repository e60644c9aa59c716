using System.Globalization;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary>
/// Reads and shows the limits of single methods and handlers, such as <c>mail.send=5</c> and <c>mail.send=100/1m</c>.
/// </summary>
internal static class NamedLimits
{
    /// <summary>Reads the limits of single names from the values of two options; null when none was given.</summary>
    /// <param name="running">Values such as <c>mail.send=5</c>; null when the option was not given.</param>
    /// <param name="rates">Values such as <c>mail.send=100/1m</c>; null when the option was not given.</param>
    /// <exception cref="UsageException">A value is not of its form.</exception>
    public static Dictionary<string, WorkLimits>? Read(IReadOnlyList<string>? running, IReadOnlyList<string>? rates)
    {
        var limits = new Dictionary<string, WorkLimits>(StringComparer.Ordinal);
        foreach (var (name, value) in (running ?? []).Select(Split))
        {
            limits[name] = limits.GetValueOrDefault(name, new WorkLimits()) with { RunningJobs = Whole(value) };
        }

        foreach (var (name, value) in (rates ?? []).Select(Split))
        {
            var parts = value.Split('/', 2);
            if (parts.Length < 2 || !Values.TryReadDuration(parts[1], out var period))
            {
                throw new UsageException($"'{value}' is no rate, such as 100/1m.");
            }

            limits[name] = limits.GetValueOrDefault(name, new WorkLimits()) with
            {
                Rate = new RateOptions(Whole(parts[0]), period),
            };
        }

        return limits.Count == 0 ? null : limits;
    }

    /// <summary>The limits as text, in order of name; null when there are none.</summary>
    public static string? Text(IReadOnlyDictionary<string, WorkLimits>? limits) =>
        limits is null or { Count: 0 }
            ? null
            : string.Join(
                ", ",
                limits
                    .OrderBy(entry => entry.Key, StringComparer.Ordinal)
                    .Select(entry => $"{entry.Key} {WordsOf(entry.Value)}")
            );

    /// <summary>The limits of one name as text; null when there are none.</summary>
    public static string? Text(WorkLimits? limits) => limits is null ? null : WordsOf(limits);

    private static string WordsOf(WorkLimits limits) =>
        (limits.RunningJobs, limits.Rate) switch
        {
            ({ } running, { } rate) => $"{running} at once and {rate.Limit} in {PlainText.Duration(rate.Period)}",
            ({ } running, null) => $"{running} at once",
            (null, { } rate) => $"{rate.Limit} in {PlainText.Duration(rate.Period)}",
            _ => "no limit",
        };

    private static (string Name, string Value) Split(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? (text[..at], text[(at + 1)..])
            : throw new UsageException($"'{text}' has no name and value, such as mail.send=5.");

    private static int Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new UsageException($"'{text}' is not a whole number.");
}
