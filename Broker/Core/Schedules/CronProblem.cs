using Cronos;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>Says which field of a cron expression is wrong: Cronos names the field by its meaning, people count.</summary>
internal static class CronProblem
{
    private static readonly string[] Plain = ["*", "*", "*", "*", "*", "*"];

    public static string Describe(string expression, string reason)
    {
        var fields = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
        {
            return $"{reason} Five fields are needed, or six with seconds first, or a macro such as @daily; {fields.Length} were given.";
        }

        // Each field alone beside stars: the first that does not stand alone is the culprit.
        for (var i = 0; i < fields.Length; i++)
        {
            var probe = Plain[..fields.Length];
            probe[i] = fields[i];
            if (!CronExpression.TryParse(string.Join(' ', probe), fields.Length == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard, out _))
            {
                var position = expression.IndexOf(fields[i], StringComparison.Ordinal) + 1;
                return $"{reason} At position {position}, field {i + 1} (\"{fields[i]}\").";
            }
        }

        return reason;
    }
}
