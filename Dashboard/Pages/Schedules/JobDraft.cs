using System.Globalization;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>The template of a schedule's jobs as somebody types it.</summary>
public sealed class JobDraft
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    private RawJson _longParams;

    public string Method { get; set; } = "";

    /// <summary>The params as JSON; not used when <see cref="HasLongParams"/>.</summary>
    public string Params { get; set; } = "{}";

    /// <summary>Whether the params are too long for a field, and stay as they are.</summary>
    public bool HasLongParams => !_longParams.IsEmpty;

    public string Handler { get; set; } = "";

    public string Group { get; set; } = "";

    public string Priority { get; set; } = "";

    public string Timeout { get; set; } = "";

    public string MaxAttempts { get; set; } = "";

    /// <summary>How the delay grows; empty for the default.</summary>
    public string Backoff { get; set; } = "";

    public string FirstDelay { get; set; } = "";

    public string MaxDelay { get; set; } = "";

    public string RetryJitter { get; set; } = "";

    public string ConcurrencyKey { get; set; } = "";

    public string ConcurrencyLimit { get; set; } = "";

    public string RateKey { get; set; } = "";

    public string RateLimit { get; set; } = "";

    public string RatePeriod { get; set; } = "";

    /// <summary>The tags with commas in between.</summary>
    public string Tags { get; set; } = "";

    public static JobDraft Of(JobRequest job)
    {
        var text = JsonText.Of(job.Params);
        return new JobDraft
        {
            _longParams = text.Length > JsonText.TypedMax ? job.Params : default,
            Method = job.Method,
            Params = text.Length > JsonText.TypedMax ? "" : text,
            Handler = job.Handler ?? "",
            Group = job.Group ?? "",
            Priority = job.Priority is { } priority and not 0 ? priority.ToString(Culture) : "",
            Timeout = DurationText.Of(job.Timeout),
            MaxAttempts = job.Retry?.MaxAttempts?.ToString(Culture) ?? "",
            Backoff = job.Retry?.Backoff?.ToString().ToLowerInvariant() ?? "",
            FirstDelay = DurationText.Of(job.Retry?.FirstDelay),
            MaxDelay = DurationText.Of(job.Retry?.MaxDelay),
            RetryJitter = job.Retry?.Jitter?.ToString(Culture) ?? "",
            ConcurrencyKey = job.Concurrency?.Key ?? "",
            ConcurrencyLimit = job.Concurrency?.Limit?.ToString(Culture) ?? "",
            RateKey = job.RateLimit?.Key ?? "",
            RateLimit = job.RateLimit?.Limit.ToString(Culture) ?? "",
            RatePeriod = DurationText.Of(job.RateLimit?.Period),
            Tags = string.Join(", ", job.Tags ?? []),
        };
    }

    /// <inheritdoc cref="ScheduleDraft.Read"/>
    public JobRequest Read(FieldErrors errors) =>
        new()
        {
            Method = Method.Trim(),
            Params = ReadParams(errors),
            Handler = NullIfEmpty(Handler),
            Group = NullIfEmpty(Group),
            Priority = errors.Whole("job.priority", Priority),
            Timeout = errors.Duration("job.timeout", Timeout),
            Retry = ReadRetry(errors),
            Concurrency =
                ConcurrencyKey.Trim().Length == 0 && ConcurrencyLimit.Trim().Length == 0
                    ? null
                    : new ConcurrencyOptions(
                        ConcurrencyKey.Trim(),
                        errors.Whole("job.concurrency.limit", ConcurrencyLimit)
                    ),
            RateLimit = ReadRate(errors),
            Tags = ReadTags(),
        };

    private RawJson ReadParams(FieldErrors errors)
    {
        if (HasLongParams)
        {
            return _longParams;
        }

        if (JsonText.TryRead(Params, out var value, out var problem))
        {
            return value;
        }

        errors.Add("job.params", problem!);
        return default;
    }

    private RetryOptions? ReadRetry(FieldErrors errors)
    {
        var retry = new RetryOptions
        {
            MaxAttempts = errors.Whole("job.retry.maxAttempts", MaxAttempts),
            Backoff = Enum.TryParse<BackoffKind>(Backoff, ignoreCase: true, out var kind) ? kind : null,
            FirstDelay = errors.Duration("job.retry.firstDelay", FirstDelay),
            MaxDelay = errors.Duration("job.retry.maxDelay", MaxDelay),
            Jitter = errors.Share("job.retry.jitter", RetryJitter),
        };
        return retry == new RetryOptions() ? null : retry;
    }

    private RateLimitOptions? ReadRate(FieldErrors errors) =>
        RateKey.Trim().Length == 0 && RateLimit.Trim().Length == 0 && RatePeriod.Trim().Length == 0
            ? null
            : new RateLimitOptions(
                RateKey.Trim(),
                errors.Whole("job.rateLimit.limit", RateLimit, isNeeded: true) ?? 0,
                errors.Duration("job.rateLimit.period", RatePeriod, isNeeded: true) ?? TimeSpan.Zero
            );

    private string[]? ReadTags()
    {
        var tags = Tags.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return tags.Length == 0 ? null : tags;
    }

    private static string? NullIfEmpty(string text) => text.Trim() is { Length: > 0 } given ? given : null;
}
