using System.Net;
using ScheduleZero.Client;

namespace ScheduleZero.Cli;

/// <summary>The exit codes. Their numbers are permanent, since scripts rely on them.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int Refused = 4;
    public const int NotFound = 5;
    public const int Conflict = 6;
    public const int Unfinished = 7;
    public const int Interrupted = 130;

    /// <summary>The table of exit codes as help prints it.</summary>
    public const string Table = """
        Exit codes:
          0    done; for `jobs run`, the job succeeded
          1    failed; for `jobs run`, the job failed, expired or was cancelled
          2    wrong usage, configuration or input
          3    the server cannot be reached, or asks to come back later
          4    refused: no, a wrong or a revoked key, or a role that does not allow it (401, 403)
          5    not found (404)
          6    conflict: the name is taken, the version moved, the state forbids it (409, 412)
          7    `jobs run --wait`: the job is not finished yet
          130  interrupted
        """;

    /// <summary>The exit code for a call that failed.</summary>
    public static int Of(ScheduleZeroException e) =>
        e.Status switch
        {
            null or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => Unreachable,
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Refused,
            HttpStatusCode.NotFound or HttpStatusCode.Gone => NotFound,
            HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed => Conflict,
            _ => Usage,
        };
}

/// <summary>
/// A mistake that the caller can correct in the command line, in a file or in the environment. The message says how.
/// </summary>
internal sealed class UsageException(string message) : Exception(message);
