namespace ScheduleZero.Contracts.Rest;

/// <summary>A page of rows.</summary>
/// <param name="NextCursor">The place where the next page starts; not set on the last page. A page may be short, or
/// empty, and still have a next one: a search reads a bounded number of rows in one request.</param>
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

    /// <summary>The errors by field: the path of a field, and what is wrong with it.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }
}

/// <summary>One transition of a job, schedule or handler, as sent on <c>…/events</c>.</summary>
/// <param name="Id">The event's id, which grows; a reader resumes after it with <c>Last-Event-ID</c>.</param>
/// <param name="Type">The type of the event, such as <c>job.succeeded</c>, <c>schedule.fired</c>,
/// <c>handler.online</c>, <c>method.paused</c>.</param>
/// <param name="Subject">The job's id, or the schedule's, handler's or method's name.</param>
/// <param name="Schedule">The schedule that the event is about, or that made its job; not set for none.</param>
public sealed record BrokerEvent(
    string Id,
    string Type,
    string Namespace,
    string Subject,
    DateTimeOffset At,
    string? Method = null,
    string? Handler = null,
    string? Detail = null,
    string? Schedule = null
);

/// <summary>
/// How far back a stream of events reaches that was asked for the newest ones: the event of type <c>since</c> that
/// follows these.
/// </summary>
/// <param name="Since">The instant from which on the Broker still has every event of the namespace.</param>
public sealed record EventsSince(DateTimeOffset Since);
