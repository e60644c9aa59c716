using System.Globalization;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.RunJob;

/// <summary>
/// What a job may ask for besides its method and params, as somebody types it. Empty means not given.
/// </summary>
public sealed class JobOptionFields
{
    public string Handler { get; set; } = "";

    public string Group { get; set; } = "";

    public string Priority { get; set; } = "";

    /// <summary>How long from now the job waits at least.</summary>
    public string Delay { get; set; } = "";

    /// <summary>The local time before which the job does not run, as a browser's field for times writes it.</summary>
    public string RunAt { get; set; } = "";

    public string StartDeadline { get; set; } = "";

    public string Timeout { get; set; } = "";

    public string MaxAttempts { get; set; } = "";

    public string Backoff { get; set; } = "";

    public string FirstDelay { get; set; } = "";

    public string MaxDelay { get; set; } = "";

    /// <summary>The largest share by which a wait is shortened, in per cent.</summary>
    public string Jitter { get; set; } = "";

    public string DeduplicationKey { get; set; } = "";

    public string DeduplicationWindow { get; set; } = "";

    /// <summary>Whether a second job that asks for something else is refused: <c>yes</c>, or empty for no.</summary>
    public string DeduplicationStrict { get; set; } = "";

    public string ConcurrencyKey { get; set; } = "";

    public string ConcurrencyLimit { get; set; } = "";

    public string RateKey { get; set; } = "";

    public string RateLimit { get; set; } = "";

    public string RatePeriod { get; set; } = "";

    /// <summary>The ids of the jobs that the job runs after, with commas or blanks in between.</summary>
    public string After { get; set; } = "";

    public string AfterFailure { get; set; } = "";

    /// <summary>The tags, with commas in between.</summary>
    public string Tags { get; set; } = "";

    /// <summary>What is wrong with a field, by the field's name in REST.</summary>
    public Dictionary<string, string> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>The request that the fields ask for; null when a field has an error.</summary>
    /// <param name="zone">The zone of the times.</param>
    public JobRequest? Read(string method, RawJson parameters, TimeZoneInfo zone, DateTimeOffset now)
    {
        Errors.Clear();
        var delay = Duration("delay", Delay);
        var runAt = Instant("runAt", RunAt, zone);
        if (delay is not null && runAt is not null)
        {
            Errors["delay"] = "Give a delay or a time, not both.";
        }

        var window = Duration("deduplicationWindow", DeduplicationWindow);
        var limit = Number("concurrency.limit", ConcurrencyLimit);
        if (ConcurrencyKey.Trim().Length == 0 && limit is not null)
        {
            Errors["concurrency.key"] = "A limit needs a key.";
        }

        var request = new JobRequest
        {
            Method = method,
            Params = parameters,
            Handler = Text(Handler),
            Group = Text(Group),
            Priority = Number("priority", Priority),
            RunAt = runAt ?? (now + delay),
            StartDeadline = Instant("startDeadline", StartDeadline, zone),
            Timeout = Duration("timeout", Timeout),
            Retry = Retry(),
            DeduplicationKey = Text(DeduplicationKey),
            DeduplicationWindow = window,
            DeduplicationStrict = Text(DeduplicationStrict) is null ? null : true,
            Concurrency = Text(ConcurrencyKey) is { } key ? new ConcurrencyOptions(key, limit) : null,
            RateLimit = Rate(),
            After = Text(After) is { } after
                ? after.Split([',', ' ', '\t'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                : null,
            AfterFailure = Enum.TryParse<AfterFailure>(AfterFailure, out var then) ? then : null,
            Tags = Text(Tags) is { } tags
                ? tags.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                : null,
        };
        return Errors.Count == 0 ? request : null;
    }

    private RetryOptions? Retry()
    {
        var retry = new RetryOptions
        {
            MaxAttempts = Number("retry.maxAttempts", MaxAttempts),
            Backoff = Enum.TryParse<BackoffKind>(Backoff, out var kind) ? kind : null,
            FirstDelay = Duration("retry.firstDelay", FirstDelay),
            MaxDelay = Duration("retry.maxDelay", MaxDelay),
            Jitter = Number("retry.jitter", Jitter) is { } percent ? percent / 100d : null,
        };
        return retry == new RetryOptions() ? null : retry;
    }

    // A rate limit has three parts, and is given whole or not at all.
    private RateLimitOptions? Rate()
    {
        var (key, limit, period) = (
            Text(RateKey),
            Number("rateLimit.limit", RateLimit),
            Duration("rateLimit.period", RatePeriod)
        );
        if (key is null && Text(RateLimit) is null && Text(RatePeriod) is null)
        {
            return null;
        }

        if (key is null)
        {
            Errors["rateLimit.key"] = "A rate limit needs a key.";
        }

        if (limit is null)
        {
            Errors.TryAdd("rateLimit.limit", "A rate limit needs a number of attempts.");
        }

        if (period is null)
        {
            Errors.TryAdd("rateLimit.period", $"A rate limit needs a period, {DurationText.Help}.");
        }

        return key is not null && limit is { } most && period is { } time
            ? new RateLimitOptions(key, most, time)
            : null;
    }

    private static string? Text(string text) => text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    private int? Number(string name, string text)
    {
        if (Text(text) is not { } given)
        {
            return null;
        }

        if (
            int.TryParse(
                given.Replace('−', '-'),
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var number
            )
        )
        {
            return number;
        }

        Errors[name] = "Write a whole number.";
        return null;
    }

    private TimeSpan? Duration(string name, string text)
    {
        if (!DurationText.TryRead(text, out var duration, out var problem))
        {
            Errors[name] = problem!;
        }

        return duration;
    }

    private DateTimeOffset? Instant(string name, string text, TimeZoneInfo zone)
    {
        if (Text(text) is not { } given)
        {
            return null;
        }

        if (!DateTime.TryParse(given, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            Errors[name] = "Write a day and a time.";
            return null;
        }

        if (zone.IsInvalidTime(local))
        {
            Errors[name] = $"The clocks of {zone.Id} pass over this time.";
            return null;
        }

        return new DateTimeOffset(local, zone.GetUtcOffset(local));
    }
}
