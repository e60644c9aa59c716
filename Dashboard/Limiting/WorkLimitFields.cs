using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Limiting;

/// <summary>The limits of one method or handler as somebody types them; an empty field means no limit.</summary>
internal sealed class WorkLimitFields
{
    public string RunningJobs { get; set; } = "";

    /// <summary>How many attempts may begin in a period.</summary>
    public string Rate { get; set; } = "";

    public string Period { get; set; } = "";

    public static WorkLimitFields Of(WorkLimits? limits) =>
        new()
        {
            RunningJobs = WholeNumber.Of(limits?.RunningJobs),
            Rate = WholeNumber.Of(limits?.Rate?.Limit),
            Period = DurationText.Of(limits?.Rate?.Period),
        };

    /// <summary>The limits that the fields say; null when they say none.</summary>
    /// <param name="path">The path of the limits in a request to REST.</param>
    /// <param name="errors">Gets what is wrong with the fields.</param>
    public WorkLimits? ToLimits(string path, FieldErrors errors)
    {
        var running = Whole(errors, $"{path}.runningJobs", RunningJobs);
        var isRated = Rate.Trim().Length + Period.Trim().Length > 0;
        var limit = Whole(errors, $"{path}.rate.limit", Rate);
        if (isRated && limit is null && errors.IsEmpty)
        {
            errors.Add($"{path}.rate.limit", "A whole number is needed, or no period.");
        }

        var period = errors.Duration($"{path}.rate.period", Period, isNeeded: isRated);
        return (running, limit, period) switch
        {
            (null, null, _) => null,
            (_, { } most, { } length) => new WorkLimits { RunningJobs = running, Rate = new RateOptions(most, length) },
            _ => new WorkLimits { RunningJobs = running },
        };
    }

    private static int? Whole(FieldErrors errors, string path, string text)
    {
        if (!WholeNumber.TryParse(text, out int? number))
        {
            errors.Add(path, "A whole number is needed.");
        }

        return number;
    }
}
