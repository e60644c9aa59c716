using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Alerts;

/// <summary>How much an alert remembers, and how long a notice is tried.</summary>
public static class AlertBounds
{
    /// <summary>The subject of an alert that is about several things.</summary>
    public const string Together = "*";

    /// <summary>How many jobs an alert remembers.</summary>
    public const int SamplesMax = 5;

    /// <summary>How many characters of a text that a handler wrote an alert remembers.</summary>
    public const int TextMax = 300;

    /// <summary>How long a channel is tried before a notice is dropped.</summary>
    public static readonly TimeSpan TriedFor = TimeSpan.FromHours(24);

    private static readonly TimeSpan _firstRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _longestRetry = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How long to wait after the given number of failed attempts, from 1: 10 s, doubled up to 15 min.
    /// </summary>
    public static TimeSpan RetryAfter(int attempts) =>
        _firstRetry * Math.Pow(2, Math.Min(attempts - 1, 10)) is var wait && wait < _longestRetry
            ? wait
            : _longestRetry;

    /// <summary>The first characters of a text that others wrote; null for none.</summary>
    public static string? Cut(string? text) =>
        text is null || text.Length <= TextMax ? text
        : char.IsHighSurrogate(text[TextMax - 1]) ? text[..(TextMax - 1)]
        : text[..TextMax];

    /// <summary>Whether a rule watches this name.</summary>
    public static bool Watches(this AlertRuleRecord rule, string name) =>
        rule.Only is not { } only || only.Any(pattern => Names.Matches(pattern, name));

    /// <summary>Whether a rule is switched on and watches for this condition.</summary>
    public static bool LooksFor(this AlertRuleRecord rule, AlertCondition condition) =>
        !rule.Disabled && rule.Condition == condition;
}
