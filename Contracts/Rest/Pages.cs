namespace ScheduleZero.Contracts.Rest;

/// <param name="NextCursor">Where the next page starts; not set on the last one. A page may be short, or empty, and
/// still have a next one: a search looks at a bounded number of rows a request.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor = null);

/// <summary>RFC 9457 problem details, with the product's code.</summary>
public sealed record Problem
{
    public string? Type { get; init; }

    public string? Title { get; init; }

    public required int Status { get; init; }

    public string? Detail { get; init; }

    /// <summary>A word for programs, such as <c>invalid</c> or <c>not_found</c>.</summary>
    public required string Code { get; init; }

    /// <summary>Field path to what is wrong with it.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }
}

/// <summary>One transition, as sent on <c>…/events</c>.</summary>
/// <param name="Id">Grows; resume after it with <c>Last-Event-ID</c>.</param>
/// <param name="Type">Such as <c>job.succeeded</c>, <c>schedule.fired</c>, <c>handler.online</c>.</param>
/// <param name="Subject">The job's id, or the schedule's or handler's name.</param>
public sealed record BrokerEvent(
    string Id,
    string Type,
    string Namespace,
    string Subject,
    DateTimeOffset At,
    string? Method = null,
    string? Handler = null,
    string? Detail = null
);
