using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Jobs;

/// <summary>All settings of a job as options, for a single job or for the template of a schedule.</summary>
internal sealed class JobOptions
{
    private readonly Option<string?> _handler = Values.Text("--handler", "Only this handler may run it", "NAME");
    private readonly Option<string?> _group = Values.Text("--group", "Only handlers of this group may run it", "NAME");
    private readonly Option<int?> _priority = Values.Number<int>(
        "--priority",
        "-100 to 100, higher first [default: 0]"
    );
    private readonly Option<TimeSpan?> _timeout = Values.Duration("--timeout", "Of one attempt [default: 1h]");
    private readonly Option<int?> _maxAttempts = Values.Number<int>("--max-attempts", "1 to 100 [default: 3]");
    private readonly Option<BackoffKind?> _backoff = Values.Word<BackoffKind>(
        "--backoff",
        "How the wait grows from attempt to attempt [default: exponential]"
    );
    private readonly Option<TimeSpan?> _firstDelay = Values.Duration(
        "--first-delay",
        "Before the second attempt [default: 1s]"
    );
    private readonly Option<TimeSpan?> _maxDelay = Values.Duration(
        "--max-delay",
        "At most, between attempts [default: 10m]"
    );
    private readonly Option<double?> _jitter = Values.Number<double>(
        "--retry-jitter",
        "0 to 1: each delay is shortened by up to this share [default: 0.2]",
        "SHARE"
    );
    private readonly Option<string?> _concurrencyKey = Values.Text(
        "--concurrency-key",
        "Jobs with the same key wait for each other",
        "KEY"
    );
    private readonly Option<int?> _concurrencyLimit = Values.Number<int>(
        "--concurrency-limit",
        "How many with the key run at once [default: 1]"
    );
    private readonly Option<string?> _rateKey = Values.Text(
        "--rate-key",
        "Attempts of jobs with the same key begin at most so often",
        "KEY"
    );
    private readonly Option<int?> _rateLimit = Values.Number<int>(
        "--rate-limit",
        "How many with the key begin in any period"
    );
    private readonly Option<TimeSpan?> _ratePeriod = Values.Duration(
        "--rate-period",
        "The period that --rate-limit counts in, 1s to 7d"
    );
    private readonly Option<string[]> _tags = Values.Many("--tag", "A word to find the job by", "TAG");

    // The options below are null for a template: a schedule says when its jobs run, and each occurrence is a job of its
    // own.
    private readonly Option<DateTimeOffset?>? _runAt;
    private readonly Option<DateTimeOffset?>? _startDeadline;
    private readonly Option<string?>? _deduplicationKey;
    private readonly Option<TimeSpan?>? _deduplicationWindow;
    private readonly Option<bool>? _deduplicationStrict;
    private readonly Option<string[]>? _after;
    private readonly Option<AfterFailure?>? _afterFailure;

    private JobOptions(TimeProvider? time)
    {
        if (time is not null)
        {
            _runAt = Values.Instant("--run-at", "Not before", time);
            _startDeadline = Values.Instant("--start-deadline", "Expires if it has not started by then", time);
            _deduplicationKey = Values.Text(
                "--deduplication-key",
                "While a job with the key is unfinished, submitting again answers that job",
                "KEY"
            );
            _deduplicationWindow = Values.Duration(
                "--deduplication-window",
                "The key answers the first job for this long, even if that is finished"
            );
            _deduplicationStrict = new Option<bool>("--deduplication-strict")
            {
                Description = "Fail when the key belongs to a job of another method, or with other params",
            };
            _after = Values.Many("--after", "Runs when this job has succeeded; several times for several", "ID");
            _afterFailure = Values.Word<AfterFailure>(
                "--after-failure",
                "What becomes of it when one of those does not succeed [default: cancel]"
            );
        }
    }

    public static JobOptions ForJob(TimeProvider time) => new(time);

    public static JobOptions ForTemplate() => new(null);

    public void AddTo(Command verb)
    {
        Option?[] options =
        [
            _handler,
            _group,
            _priority,
            _runAt,
            _startDeadline,
            _timeout,
            _maxAttempts,
            _backoff,
            _firstDelay,
            _maxDelay,
            _jitter,
            _deduplicationKey,
            _deduplicationWindow,
            _deduplicationStrict,
            _after,
            _afterFailure,
            _concurrencyKey,
            _concurrencyLimit,
            _rateKey,
            _rateLimit,
            _ratePeriod,
            _tags,
        ];
        foreach (var option in options.OfType<Option>())
        {
            verb.Add(option);
        }
    }

    public JobRequest Read(ParseResult parsed, string method, RawJson parameters) =>
        new()
        {
            Method = method,
            Params = parameters,
            Handler = parsed.GetValue(_handler),
            Group = parsed.GetValue(_group),
            Priority = parsed.GetValue(_priority),
            RunAt = _runAt is null ? null : parsed.GetValue(_runAt),
            StartDeadline = _startDeadline is null ? null : parsed.GetValue(_startDeadline),
            Timeout = parsed.GetValue(_timeout),
            Retry = ReadRetry(parsed),
            DeduplicationKey = _deduplicationKey is null ? null : parsed.GetValue(_deduplicationKey),
            DeduplicationWindow = _deduplicationWindow is null ? null : parsed.GetValue(_deduplicationWindow),
            DeduplicationStrict =
                _deduplicationStrict is not null && parsed.GetValue(_deduplicationStrict) ? true : null,
            Concurrency = ReadConcurrency(parsed),
            RateLimit = ReadRate(parsed),
            After = _after is null ? null : Values.GivenOrNull(parsed.GetValue(_after)),
            AfterFailure = _afterFailure is null ? null : parsed.GetValue(_afterFailure),
            Tags = Values.GivenOrNull(parsed.GetValue(_tags)),
        };

    private RetryOptions? ReadRetry(ParseResult parsed)
    {
        var retry = new RetryOptions
        {
            MaxAttempts = parsed.GetValue(_maxAttempts),
            Backoff = parsed.GetValue(_backoff),
            FirstDelay = parsed.GetValue(_firstDelay),
            MaxDelay = parsed.GetValue(_maxDelay),
            Jitter = parsed.GetValue(_jitter),
        };
        return retry == new RetryOptions() ? null : retry;
    }

    private RateLimitOptions? ReadRate(ParseResult parsed) =>
        (parsed.GetValue(_rateKey), parsed.GetValue(_rateLimit), parsed.GetValue(_ratePeriod)) switch
        {
            ({ } key, { } limit, { } period) => new RateLimitOptions(key, limit, period),
            (null, null, null) => null,
            _ => throw new UsageException("--rate-key, --rate-limit and --rate-period need each other."),
        };

    private ConcurrencyOptions? ReadConcurrency(ParseResult parsed) =>
        (parsed.GetValue(_concurrencyKey), parsed.GetValue(_concurrencyLimit)) switch
        {
            ({ } key, var limit) => new ConcurrencyOptions(key, limit),
            (null, null) => null,
            _ => throw new UsageException("--concurrency-limit needs --concurrency-key."),
        };
}
