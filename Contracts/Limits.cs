namespace ScheduleZero.Contracts;

/// <summary>Bounds that both sides of a surface know. Those that an option may change are defaults.</summary>
public static class Limits
{
    public const int NameLengthMax = 128;
    public const int NamespaceLengthMax = 63;
    public const int ParamsBytesMaxDefault = 256 * 1024;
    public const int ResultBytesMaxDefault = 256 * 1024;
    public const int BatchJobsMax = 1000;

    /// <summary>Jobs that one job may run after, and jobs that may wait for one.</summary>
    public const int AfterMax = 100;
    public const int WaitersMax = 1000;
    public const int RequestsPerMinuteDefault = 100;
    public const int RequestsPerMinuteMax = 10_000_000;
    public const int AnonymousRequestsPerMinuteDefault = 10;

    /// <summary>Connections to REST that one address (an IPv6 /64) holds at once.</summary>
    public const int ConnectionsPerAddressDefault = 1_000;

    /// <summary>Health checks of one address in a minute, with a credential or without.</summary>
    public const int HealthRequestsPerMinuteDefault = 600;
    public const int PageSizeDefault = 50;
    public const int PageSizeMax = 500;

    /// <summary>
    /// About what the rows of one page may take before the page ends, however many rows were asked for. One row always
    /// fits.
    /// </summary>
    public const int PageBytesMax = 4 * 1024 * 1024;

    /// <summary>Triggers in one trigger, nested ones included, and how deep they may stand.</summary>
    public const int TriggerPartsMax = 16;
    public const int TriggerDepthMax = 3;

    /// <summary>Occurrences after which a schedule may be told to end.</summary>
    public const long OccurrencesMax = 1_000_000_000_000_000;

    /// <summary>Months, weeks or days from one occurrence of a <c>calendarInterval</c> to the next.</summary>
    public const int CalendarIntervalMax = 1_000;

    /// <summary>
    /// Calendars of a namespace, days and ranges in one of them, and calendars that one schedule may name.
    /// </summary>
    public const int CalendarsMax = 200;
    public const int CalendarDaysMax = 5_000;
    public const int ExcludeCalendarsMax = 16;

    /// <summary>The largest iCalendar file that is imported.</summary>
    public const int IcsCharactersMax = 512 * 1024;

    /// <summary>Unsaved schedules, or names, in one simulation.</summary>
    public const int SimulatedSchedulesMax = 10_000;

    public const int TagsMax = 16;
    public const int TagLengthMax = 64;
    public const int KeyLengthMax = 256;
    public const int PriorityMin = -100;
    public const int PriorityMax = 100;
    public const int MaxAttemptsMax = 100;
    public const int MethodsPerHandlerMax = 1000;
    public const int SchemaBytesMax = 64 * 1024;
    public const int SchemaBytesPerHandlerMax = 1024 * 1024;
    public const int GroupsPerHandlerMax = 64;
    public const int AddressesPerKeyMax = 64;

    /// <summary>
    /// Attempts that one handler may hold: so many that a Hello which resumes them all still fits the largest message
    /// that a Bridge takes.
    /// </summary>
    public const int CapacityMax = 2_500;

    public const int LogMessageLengthMax = 16 * 1024;

    /// <summary>
    /// What one attempt may log, each line counting 32 characters more than it has; the rest is dropped, and a last
    /// line says so.
    /// </summary>
    public const int LogCharactersPerAttemptMax = 4 * 1024 * 1024;
    public const int ErrorMessageLengthMax = 4 * 1024;
    public const int StackTraceLengthMax = 16 * 1024;

    /// <summary>Starts that a rate limit may allow in its period.</summary>
    public const int RateLimitMax = 1_000_000;

    /// <summary>Methods, and handlers, that a namespace may give limits of their own.</summary>
    public const int NamedLimitsMax = 200;

    public static TimeSpan RatePeriodMin { get; } = TimeSpan.FromSeconds(1);

    public static TimeSpan RatePeriodMax { get; } = TimeSpan.FromDays(7);

    /// <summary>The longest wait that a handler may ask for with a failure.</summary>
    public static TimeSpan RetryAfterMax { get; } = TimeSpan.FromDays(1);

    public static TimeSpan TimeoutMin { get; } = TimeSpan.FromSeconds(1);

    public static TimeSpan TimeoutMax { get; } = TimeSpan.FromDays(7);

    /// <summary>
    /// The longest <c>catchUpWindow</c>: how far an occurrence's nominal instant may lie before its job's enqueue.
    /// </summary>
    public static TimeSpan CatchUpWindowMax { get; } = TimeSpan.FromDays(31);

    /// <summary>Versions that are kept of one schedule, the newest.</summary>
    public const int ScheduleVersionsMax = 50;

    /// <summary>Schedules of one apply.</summary>
    public const int ApplyMax = 1000;

    /// <summary>Jobs that one bulk act may match.</summary>
    public const int BulkJobsMax = 1_000_000;

    /// <summary>Instants of one backfill.</summary>
    public const int BackfillMax = 100_000;

    /// <summary>The params of a schedule that runs offline.</summary>
    public const int OfflineParamsBytesMax = 64 * 1024;

    /// <summary>Lines that an occurrence which ran offline brings back.</summary>
    public const int OfflineLogLinesMax = 200;

    /// <summary>What one <c>Ran</c> may hold.</summary>
    public const int OfflineRunsMax = 256;

    /// <summary>How long a handler may run a schedule on its own after it last held a session.</summary>
    public static TimeSpan OfflineTime { get; } = TimeSpan.FromDays(7);

    /// <summary>The longest range of a simulation of schedules.</summary>
    public static TimeSpan SimulationRangeMax { get; } = TimeSpan.FromDays(366);

    /// <summary>The longest <c>jitter</c> of a schedule.</summary>
    public static TimeSpan JitterMax { get; } = TimeSpan.FromDays(1);
}
