using ScheduleZero.Client;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Says what REST refused, in a sentence or a few.</summary>
internal static class ProblemText
{
    public static string Of(ScheduleZeroException failure)
    {
        if (failure.Problem is not { } problem)
        {
            return failure.Message;
        }

        var fields = problem.Errors?.Values.SelectMany(texts => texts).ToArray() ?? [];
        return fields.Length > 0 ? string.Join(' ', fields) : problem.Detail ?? problem.Title ?? failure.Message;
    }
}
