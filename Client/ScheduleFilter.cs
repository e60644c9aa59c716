using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>A choice of schedules and the order of their list. A field that is not set does not restrict the
/// choice.</summary>
public sealed record ScheduleFilter
{
    /// <summary>The order of the list; by name when not given.</summary>
    public ScheduleOrder? Order { get; init; }

    public ScheduleState? State { get; init; }

    public string? Method { get; init; }

    /// <summary>The handler that the schedules' jobs are pinned to.</summary>
    public string? Handler { get; init; }

    /// <summary>A calendar on whose days the schedules do not fire.</summary>
    public string? Calendar { get; init; }

    public OfflinePolicy? Offline { get; init; }

    /// <summary>A text in the name, method, owner or note of the pause.</summary>
    public string? Query { get; init; }

    /// <summary>Rows on a page; 1 to 500, 50 when not given.</summary>
    public int? Limit { get; init; }

    internal string ToPath(string path, string? cursor) =>
        new QueryString(path)
            .Add("order", Order)
            .Add("state", State)
            .Add("method", Method)
            .Add("handler", Handler)
            .Add("calendar", Calendar)
            .Add("offline", Offline)
            .Add("q", Query)
            .Add("limit", Limit)
            .Add("cursor", cursor)
            .ToString();
}
