namespace ScheduleZero.Contracts;

/// <summary>Limits that both sides of a surface know. Limits that an option may change are defaults.</summary>
public static class Limits
{
    public const int NameLengthMax = 128;
    public const int NamespaceLengthMax = 63;
    public const int ParamsBytesMaxDefault = 256 * 1024;
    public const int ResultBytesMaxDefault = 256 * 1024;
    public const int BatchJobsMax = 1000;

    /// <summary>The size up to which the body of a request does not count among large bodies, in bytes.</summary>
    public const int SmallBodyBytesMax = 256 * 1024;

    /// <summary>How many jobs one job may run after.</summary>
    public const int AfterMax = 100;

    /// <summary>How many jobs may wait for one job.</summary>
    public const int WaitersMax = 1000;
    public const int RequestsPerMinuteDefault = 100;
    public const int RequestsPerMinuteMax = 10_000_000;
    public const int AnonymousRequestsPerMinuteDefault = 10;

    /// <summary>How many connections to REST one address (an IPv6 /64) may have at once.</summary>
    public const int ConnectionsPerAddressDefault = 1_000;

    /// <summary>How many health checks one address may make in a minute, with a credential or without.</summary>
    public const int HealthRequestsPerMinuteDefault = 600;

    /// <summary>How often the dashboard's pages of one user may read in a minute, all pages together.</summary>
    public const int PageReadsPerMinuteDefault = 3_000;
    public const int PageSizeDefault = 50;
    public const int PageSizeMax = 500;

    /// <summary>The bytes at which a page ends, however many rows were asked for. One row always fits.</summary>
    public const int PageBytesMax = 4 * 1024 * 1024;

    /// <summary>How many triggers one trigger may have, nested ones included.</summary>
    public const int TriggerPartsMax = 16;

    /// <summary>How deep triggers may be nested.</summary>
    public const int TriggerDepthMax = 3;

    /// <summary>The largest number of occurrences after which a schedule may end.</summary>
    public const long OccurrencesMax = 1_000_000_000_000_000;

    /// <summary>The most months, weeks or days from one occurrence of a <c>calendarInterval</c> to the next.</summary>
    public const int CalendarIntervalMax = 1_000;

    /// <summary>How many calendars a namespace may have.</summary>
    public const int CalendarsMax = 200;

    /// <summary>How many days and ranges one calendar may have.</summary>
    public const int CalendarDaysMax = 5_000;

    /// <summary>How many calendars one schedule may name.</summary>
    public const int ExcludeCalendarsMax = 16;

    /// <summary>The size of the largest iCalendar file that is imported, in characters.</summary>
    public const int IcsCharactersMax = 512 * 1024;

    /// <summary>How many unsaved schedules, or names, one simulation may have.</summary>
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
    public const int LabelsPerHandlerMax = 64;
    public const int LabelNameLengthMax = 128;
    public const int LabelLengthMax = 1024;

    /// <summary>How long the name of the library may be with which a handler speaks, in characters.</summary>
    public const int AgentLengthMax = 128;

    /// <summary>How long a handler may describe one of its methods, in characters.</summary>
    public const int MethodDescriptionLengthMax = 4 * 1024;
    public const int AddressesPerKeyMax = 64;

    /// <summary>How many public CURVE keys may be on the Broker's list.</summary>
    public const int CurveKeysMax = 10_000;

    /// <summary>How many handlers one client's certificate may name.</summary>
    public const int CertificateNamesMax = 16;

    /// <summary>How many patterns of handlers whose sessions must be sealed a namespace may have.</summary>
    public const int SealedPatternsMax = 64;

    /// <summary>
    /// How many attempts one handler may have at once: so many that a Hello which resumes them all still fits the
    /// largest message that a Bridge accepts.
    /// </summary>
    public const int CapacityMax = 2_500;

    public const int LogMessageLengthMax = 16 * 1024;

    /// <summary>
    /// How many characters one attempt may log, where each line counts 32 characters more than it has. The rest is
    /// dropped, and a last line says so.
    /// </summary>
    public const int LogCharactersPerAttemptMax = 4 * 1024 * 1024;
    public const int ErrorMessageLengthMax = 4 * 1024;
    public const int StackTraceLengthMax = 16 * 1024;

    /// <summary>How many starts a rate limit may allow in its period.</summary>
    public const int RateLimitMax = 1_000_000;

    /// <summary>How many methods, and how many handlers, a namespace may give limits of their own.</summary>
    public const int NamedLimitsMax = 200;

    /// <summary>How many methods of a namespace may be paused at once.</summary>
    public const int PausesMax = 1000;

    /// <summary>How many channels of alerts a namespace may have.</summary>
    public const int AlertChannelsMax = 100;

    /// <summary>How many rules of alerts a namespace may have.</summary>
    public const int AlertRulesMax = 200;

    /// <summary>How many alerts of one rule are open at once; further ones share one.</summary>
    public const int AlertsOfRuleMax = 100;

    /// <summary>How many alerts of a namespace are open at once; further ones of a rule share one.</summary>
    public const int AlertsMax = 2_000;

    /// <summary>How many notices wait for one channel; further ones are dropped.</summary>
    public const int NoticesOfChannelMax = 200;

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

    /// <summary>How many versions of one schedule are stored, the newest ones.</summary>
    public const int ScheduleVersionsMax = 50;

    /// <summary>How many schedules one apply may have.</summary>
    public const int ApplyMax = 1000;

    /// <summary>How many jobs one bulk act may match.</summary>
    public const int BulkJobsMax = 1_000_000;

    /// <summary>How many instants one backfill may have.</summary>
    public const int BackfillMax = 100_000;

    /// <summary>The most bytes of params that a schedule which runs offline may have.</summary>
    public const int OfflineParamsBytesMax = 64 * 1024;

    /// <summary>How many log lines of one occurrence that ran offline the Broker stores.</summary>
    public const int OfflineLogLinesMax = 200;

    /// <summary>How many outcomes one <c>Ran</c> may report.</summary>
    public const int OfflineRunsMax = 256;

    /// <summary>How long a handler may run a schedule on its own after it last held a session.</summary>
    public static TimeSpan OfflineTime { get; } = TimeSpan.FromDays(7);

    /// <summary>The longest range of a simulation of schedules.</summary>
    public static TimeSpan SimulationRangeMax { get; } = TimeSpan.FromDays(366);

    /// <summary>The longest <c>jitter</c> of a schedule.</summary>
    public static TimeSpan JitterMax { get; } = TimeSpan.FromDays(1);
}
