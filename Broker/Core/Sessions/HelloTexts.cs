using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>
/// Bounds the texts of a Hello that are only shown: the Broker holds them for as long as the session lives, and sends
/// them to everybody who lists handlers.
/// </summary>
internal static class HelloTexts
{
    /// <summary>Which text is too long, or that there are too many; null when all are within their bounds.</summary>
    public static string? ProblemOf(Hello hello) =>
        (hello.Labels?.Count ?? 0) > Limits.LabelsPerHandlerMax
            ? $"At most {Limits.LabelsPerHandlerMax} labels may be set."
        : hello.Labels?.Any(label => label.Key.Length > Limits.LabelNameLengthMax) == true
            ? $"The name of a label must not be longer than {Limits.LabelNameLengthMax} characters."
        : hello.Labels?.Any(label => label.Value is not { Length: <= Limits.LabelLengthMax }) == true
            ? $"A label must be a text of at most {Limits.LabelLengthMax} characters."
        : hello.Agent?.Length > Limits.AgentLengthMax
            ? $"agent must not be longer than {Limits.AgentLengthMax} characters."
        : hello.Methods.FirstOrDefault(IsDescriptionTooLong) is { } method
            ? $"The description of {method.Name} must not exceed {Limits.MethodDescriptionLengthMax} characters."
        : null;

    private static bool IsDescriptionTooLong(OfferedMethod method) =>
        method.Description?.Length > Limits.MethodDescriptionLengthMax;
}
