using System.Globalization;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Says how much of a limit is in use.</summary>
internal static class UsageText
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>A count beside its limit, such as <c>61 of 1,712</c>; without a limit the count alone.</summary>
    public static string Of(long used, long? limit) =>
        limit is { } most ? $"{NumberText.Whole(used)} of {NumberText.Whole(most)}" : NumberText.Whole(used);

    /// <summary>Stored bytes beside their limit, such as <c>1.2 of 10 GiB</c>.</summary>
    public static string OfBytes(long? used, long? limit) =>
        (used, limit) switch
        {
            (null, null) => "not measured yet",
            (null, { } most) => $"not measured yet, of {Bytes(most)}",
            ({ } bytes, null) => Bytes(bytes),
            ({ } bytes, { } most) => $"{Bytes(bytes)} of {Bytes(most)}",
        };

    /// <summary>The share of a limit that is in use, as a tone: nine tenths are much, all of it is too much.</summary>
    public static Tone ToneOf(long? used, long? limit) =>
        used is null || limit is null ? Tone.Idle
        : used >= limit ? Tone.Bad
        : used >= limit * 0.9 ? Tone.Wait
        : Tone.Idle;

    /// <summary>What is lost with a namespace, and how much of it.</summary>
    public static string LossOf(NamespaceUsage usage)
    {
        var waiting = NumberText.Of(usage.WaitingJobs, "waiting job", "waiting jobs");
        var running = NumberText.Of(usage.RunningJobs, "running job", "running jobs");
        var schedules = NumberText.Of(usage.Schedules, "schedule", "schedules");
        var handlers = NumberText.Of(usage.Handlers, "handler", "handlers");
        var history = usage.StoredBytes is { } bytes ? $" of {Bytes(bytes)}" : "";
        return $"{waiting}, {running}, {schedules}, {handlers}, all keys of the namespace, and its history{history} "
            + "are lost.";
    }

    public static string Bytes(long bytes)
    {
        double number = bytes;
        var unit = 0;
        while (number >= 1024 && unit < Units.Length - 1)
        {
            (number, unit) = (number / 1024, unit + 1);
        }

        return $"{number.ToString(unit == 0 ? "0" : "0.#", CultureInfo.InvariantCulture)} {Units[unit]}";
    }
}
