namespace ScheduleZero.Triggers;

/// <summary>
/// Says which field of a cron expression is wrong: Cronos names the field by its meaning, people count.
/// </summary>
internal static class CronProblem
{
    private static readonly string[] Plain = ["*", "*", "*", "*", "*", "*"];

    public static string Describe(string expression, string reason)
    {
        // Cronos shows the end of the text as the character that it finds there.
        reason = new string([.. reason.Where(character => !char.IsControl(character))]);
        var fields = Fields(expression);

        // Each field is tried alone beside stars: the first that cannot be read alone is the wrong one.
        for (var i = 0; i < fields.Count; i++)
        {
            var (start, text) = fields[i];
            var probe = Plain[..fields.Count];
            probe[i] = text;
            if (CronClock.TryParse(string.Join(' ', probe), fields.Count, out _) is null)
            {
                return $"{reason} At position {start + 1}, field {i + 1} (\"{text}\").";
            }
        }

        return reason;
    }

    // The fields with their places. A place must be noted here, since a field's text may stand in an earlier field too.
    private static List<(int Start, string Text)> Fields(string expression)
    {
        var fields = new List<(int, string)>();
        var start = -1;
        for (var i = 0; i <= expression.Length; i++)
        {
            var isBlank = i == expression.Length || char.IsWhiteSpace(expression[i]);
            if (isBlank && start >= 0)
            {
                fields.Add((start, expression[start..i]));
                start = -1;
            }
            else if (!isBlank && start < 0)
            {
                start = i;
            }
        }

        return fields;
    }
}
