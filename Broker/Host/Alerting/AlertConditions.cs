using System.Text.Json;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Alerting;

/// <summary>What is so about each condition of alerts.</summary>
internal static class AlertConditions
{
    public static TimeSpan Wait { get; } = TimeSpan.FromSeconds(30);

    public static TimeSpan Repeat { get; } = TimeSpan.FromHours(4);

    public static TimeSpan Quiet { get; } = TimeSpan.FromHours(1);

    /// <summary>The conditions in the words of REST.</summary>
    public static IReadOnlyList<string> Words { get; } =
    [.. Enum.GetValues<AlertCondition>().Select(condition => JsonNamingPolicy.CamelCase.ConvertName($"{condition}"))];

    public static bool AreEvents(AlertCondition condition) =>
        condition is AlertCondition.JobFailed or AlertCondition.OccurrenceMissed;

    public static bool AreOfWholeBroker(AlertCondition condition) =>
        condition is AlertCondition.DiskLow or AlertCondition.LinkDown or AlertCondition.CertificateExpires;

    /// <summary>Whether a rule of the condition says for how long the condition must hold.</summary>
    public static bool HaveTime(AlertCondition condition) =>
        !AreEvents(condition) && condition != AlertCondition.DiskLow;

    /// <summary>The time of a rule that names none; null where the condition has none.</summary>
    public static TimeSpan? After(AlertCondition condition) =>
        condition switch
        {
            AlertCondition.HandlerSilent or AlertCondition.WaitingLong or AlertCondition.LinkDown =>
                TimeSpan.FromMinutes(5),
            AlertCondition.KeyExpires or AlertCondition.CertificateExpires => TimeSpan.FromDays(7),
            _ => null,
        };
}
