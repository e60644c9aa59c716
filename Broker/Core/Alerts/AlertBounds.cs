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

    /// <summary>
    /// How many characters of a subject an alert has. The subject is part of the key of a row, and the store takes no
    /// key of more than 1,021 bytes.
    /// </summary>
    public const int SubjectMax = 200;

    /// <summary>How many characters of a text that a handler wrote an alert remembers.</summary>
    public const int TextMax = 300;

    /// <summary>How long a channel is tried before a notice is dropped.</summary>
    public static readonly TimeSpan TriedFor = TimeSpan.FromHours(24);

    /// <summary>How long a notice waits between two attempts at most, whatever the receiver asks for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

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
    public static string? Cut(string? text) => text is null ? null : Cut(text, TextMax);

    /// <summary>The subject of an alert about a thing of this name.</summary>
    public static string SubjectOf(string name) => Cut(name, SubjectMax);

    private static string Cut(string text, int max) =>
        text.Length <= max ? text
        : char.IsHighSurrogate(text[max - 1]) ? text[..(max - 1)]
        : text[..max];

    /// <summary>Whether a rule watches this name.</summary>
    public static bool Watches(this AlertRuleRecord rule, string name) =>
        rule.Only is not { } only || only.Any(pattern => Names.Matches(pattern, name));

    /// <summary>Whether a rule is switched on and watches for this condition.</summary>
    public static bool LooksFor(this AlertRuleRecord rule, AlertCondition condition) =>
        !rule.Disabled && rule.Condition == condition;
}
