using ScheduleZero.Acme.Files;
using ScheduleZero.Acme.Wire;

namespace ScheduleZero.Acme.Renewal;

/// <summary>When a certificate is renewed, when a failed attempt is repeated, and when to warn.</summary>
internal static class RenewalPlan
{
    /// <summary>The first and the longest pause after failed attempts.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan PauseMax = TimeSpan.FromHours(6);

    /// <summary>A longer wait that a CA asks for is cut to this: no rate limit of a known CA lasts longer.</summary>
    public static readonly TimeSpan RetryAfterMax = TimeSpan.FromDays(7);

    private static readonly TimeSpan WarningTime = TimeSpan.FromDays(14);

    /// <summary>When to renew a certificate: at two thirds of its life, or when the CA wants it.</summary>
    /// <param name="window">The CA's wish; null when there is none.</param>
    /// <param name="chance">A draw from [0, 1), the same for the whole life of one certificate. It spreads the requests
    /// of many machines: over the CA's window, or over the 2 % of the life before its two thirds.</param>
    public static DateTimeOffset RenewAt(IssuedCertificate certificate, RenewalWindow? window, double chance)
    {
        if (window is null || window.End <= window.Start)
        {
            return certificate.NotBefore + (certificate.Life * ((2.0 / 3) - (0.02 * chance)));
        }

        // A slip of the CA must not let the certificate end.
        var latest = certificate.NotAfter - (certificate.Life / 10);
        var wished = window.Start + ((window.End - window.Start) * chance);
        return wished < latest ? wished : latest;
    }

    /// <summary>How long to wait after a failed attempt.</summary>
    /// <param name="failuresInRow">At least 1.</param>
    /// <param name="retryAfter">What the CA asked for; null for nothing.</param>
    /// <param name="chance">A draw from [0, 1); it shortens our own pause, and lengthens the one that the CA asks for,
    /// by up to a tenth.</param>
    public static TimeSpan PauseAfter(int failuresInRow, TimeSpan? retryAfter, double chance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failuresInRow, 1);
        var doubled = FirstPause * Math.Pow(2, Math.Min(failuresInRow - 1, 20));
        var pause = (doubled < PauseMax ? doubled : PauseMax) * (1 - (0.1 * chance));
        var asked = retryAfter is { } wait ? (wait < RetryAfterMax ? wait : RetryAfterMax) : TimeSpan.Zero;
        return asked > pause ? asked + (pause * (0.1 * chance)) : pause;
    }

    /// <summary>How long to wait after an attempt that succeeded, at the least.</summary>
    public static TimeSpan PauseAfterSuccess(IssuedCertificate certificate)
    {
        var third = certificate.Life / 3;
        return third < FirstPause ? FirstPause
            : third < PauseMax ? third
            : PauseMax;
    }

    /// <summary>When to begin to warn that a certificate ends: 14 days before, or when three tenths of a short life are
    /// left.</summary>
    public static DateTimeOffset WarnAt(DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var share = (notAfter - notBefore) * 0.3;
        return notAfter - (share < WarningTime ? share : WarningTime);
    }
}
