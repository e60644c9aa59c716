using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Client;

/// <summary>
/// A choice of broker events, and where a stream of them begins. A field that is not set does not restrict the choice.
/// </summary>
public sealed record EventFilter
{
    /// <summary>
    /// The types or kinds of which an event must have one, such as <c>job.failed</c> or <c>handler</c>.
    /// </summary>
    public IReadOnlyList<string>? Types { get; init; }

    public string? Method { get; init; }

    public string? Handler { get; init; }

    /// <summary>The schedule that an event must be about, or that must have made its job.</summary>
    public string? Schedule { get; init; }

    /// <summary>The job that an event must be about.</summary>
    public JobId? Job { get; init; }

    /// <summary>
    /// How many of the newest events that the Broker still has come first; 1 to 500, none when not given.
    /// </summary>
    public int? Last { get; init; }

    /// <summary>The id of the event after which the stream begins, in place of <see cref="Last"/>.</summary>
    public string? After { get; init; }

    internal string ToPath(string path)
    {
        var query = new QueryString(path);
        foreach (var type in Types ?? [])
        {
            query.Add("type", type);
        }

        return query
            .Add("method", Method)
            .Add("handler", Handler)
            .Add("schedule", Schedule)
            .Add("job", Job?.ToString())
            .Add("last", Last)
            .ToString();
    }
}
