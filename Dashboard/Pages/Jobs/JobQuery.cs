using System.Globalization;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Jobs;

/// <summary>What a list of jobs is limited to, as the address of the page says it. Empty texts mean no limit.</summary>
internal sealed record JobQuery
{
    private const string InstantForm = "yyyy-MM-ddTHH:mm:ssZ";
    private const string LocalForm = "yyyy-MM-ddTHH:mm:ss";

    public JobState? State { get; init; }

    public string Text { get; init; } = "";

    /// <summary>A text in params.</summary>
    public string Params { get; init; } = "";

    /// <summary>Whether jobs are searched for a text, so that nobody counts them.</summary>
    public bool HasText => Text.Length + Params.Length > 0;

    public string Method { get; init; } = "";

    public string Handler { get; init; } = "";

    public string Group { get; init; } = "";

    public string Tag { get; init; } = "";

    public string Schedule { get; init; } = "";

    public string Batch { get; init; } = "";

    /// <summary>The instant from which on jobs were enqueued; null for no limit.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The instant before which jobs were enqueued; null for no limit.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Where the page of the list begins; empty for the newest jobs.</summary>
    public string Cursor { get; init; } = "";

    /// <summary>Whether anything but the state limits the list.</summary>
    public bool HasFilter => !IsLike(new JobQuery());

    /// <summary>Whether the lists differ in state and page at most.</summary>
    public bool IsLike(JobQuery other) =>
        this with { State = null, Cursor = "" } == other with { State = null, Cursor = "" };

    public static JobQuery Parse(string query)
    {
        var values = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(query);
        return new JobQuery
        {
            State = Enum.TryParse<JobState>(Of("state"), ignoreCase: true, out var state) ? state : null,
            Text = Of("q"),
            Params = Of("params"),
            Method = Of("method"),
            Handler = Of("handler"),
            Group = Of("group"),
            Tag = Of("tag"),
            Schedule = Of("schedule"),
            Batch = Of("batch"),
            From = InstantOf("from"),
            To = InstantOf("to"),
            Cursor = Of("cursor"),
        };

        string Of(string name) => values.TryGetValue(name, out var value) ? value.ToString().Trim() : "";

        DateTimeOffset? InstantOf(string name) =>
            DateTimeOffset.TryParse(Of(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? at
                : null;
    }

    /// <summary>The address of the list, relative to the base of pages.</summary>
    public string ToPath(string ns) =>
        new PagePath($"ns/{ns}/jobs")
            .Add("state", State?.ToString().ToLowerInvariant())
            .Add("q", Text)
            .Add("params", Params)
            .Add("method", Method)
            .Add("handler", Handler)
            .Add("group", Group)
            .Add("tag", Tag)
            .Add("schedule", Schedule)
            .Add("batch", Batch)
            .Add("from", From?.ToUniversalTime().ToString(InstantForm, CultureInfo.InvariantCulture))
            .Add("to", To?.ToUniversalTime().ToString(InstantForm, CultureInfo.InvariantCulture))
            .Add("cursor", Cursor)
            .ToString();

    /// <param name="zone">The zone of the reader.</param>
    public JobFilterFields ToFields(TimeZoneInfo zone) =>
        new()
        {
            Text = Text,
            Params = Params,
            Method = Method,
            Handler = Handler,
            Tag = Tag,
            Schedule = Schedule,
            Group = Group,
            Batch = Batch,
            From = Local(From, zone),
            To = Local(To, zone),
        };

    /// <summary>The query with other fields of the form.</summary>
    /// <param name="zone">The zone of the reader.</param>
    public JobQuery With(JobFilterFields fields, TimeZoneInfo zone) =>
        this with
        {
            Text = fields.Text.Trim(),
            Params = fields.Params.Trim(),
            Method = fields.Method.Trim(),
            Handler = fields.Handler.Trim(),
            Tag = fields.Tag.Trim(),
            Schedule = fields.Schedule.Trim(),
            Group = fields.Group.Trim(),
            Batch = fields.Batch.Trim(),
            From = Instant(fields.From, zone),
            To = Instant(fields.To, zone),
        };

    public JobFilter ToFilter(int limit) =>
        new()
        {
            State = State,
            Query = NullIfEmpty(Text),
            Params = NullIfEmpty(Params),
            Method = NullIfEmpty(Method),
            Handler = NullIfEmpty(Handler),
            Group = NullIfEmpty(Group),
            Tag = NullIfEmpty(Tag),
            Schedule = NullIfEmpty(Schedule),
            Batch = BatchId.TryParse(Batch, out var batch) ? batch : null,
            From = From,
            To = To,
            Limit = limit,
        };

    /// <summary>The same jobs for an act on all that match.</summary>
    public BulkFilter ToBulkFilter()
    {
        var filter = ToFilter(1);
        return new BulkFilter
        {
            State = filter.State,
            Query = filter.Query,
            Params = filter.Params,
            Method = filter.Method,
            Handler = filter.Handler,
            Group = filter.Group,
            Tag = filter.Tag,
            Schedule = filter.Schedule,
            Batch = filter.Batch,
            From = filter.From,
            To = filter.To,
        };
    }

    private static string Local(DateTimeOffset? at, TimeZoneInfo zone) =>
        at is { } instant
            ? TimeZoneInfo.ConvertTime(instant, zone).ToString(LocalForm, CultureInfo.InvariantCulture)
            : "";

    // A time that the clocks of the zone pass over is taken with the offset from before.
    private static DateTimeOffset? Instant(string text, TimeZoneInfo zone) =>
        DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            ? new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime()
            : null;

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
