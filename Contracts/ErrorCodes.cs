namespace ScheduleZero.Contracts;

/// <summary>The codes with which every surface says why it refused a request.</summary>
public static class ErrorCodes
{
    public const string Unauthenticated = "unauthenticated";
    public const string Forbidden = "forbidden";
    public const string Revoked = "revoked";
    public const string UnsupportedProtocol = "unsupported_protocol";
    public const string Invalid = "invalid";
    public const string TooLarge = "too_large";
    public const string NotFound = "not_found";
    public const string Conflict = "conflict";
    public const string RateLimited = "rate_limited";
    public const string Unavailable = "unavailable";

    /// <summary>The Broker's disk is nearly full: new work is refused until it has room again.</summary>
    public const string StorageFull = "storage_full";

    public const string Superseded = "superseded";
}
