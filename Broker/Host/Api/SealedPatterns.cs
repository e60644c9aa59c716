using FluentValidation;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>Checks and tells the patterns of handlers whose sessions must be sealed.</summary>
internal static class SealedPatterns
{
    public static void Check<T>(IReadOnlyList<string>? patterns, ValidationContext<T> context)
    {
        if (patterns?.Count > Limits.SealedPatternsMax)
        {
            context.AddFailure($"At most {Limits.SealedPatternsMax} names or patterns are taken.");
        }
        else if (patterns?.Any(pattern => !Names.IsPattern(pattern)) is true)
        {
            context.AddFailure("Names of handlers are needed, or patterns such as bank-* or *.");
        }
    }

    /// <summary>The patterns in words, for the audit log.</summary>
    public static string Text(IReadOnlyList<string> patterns) =>
        patterns.Count == 0 ? "sealed: nobody" : $"sealed: {string.Join(' ', patterns)}";
}
