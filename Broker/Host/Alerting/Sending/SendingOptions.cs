using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScheduleZero.Certificates;

namespace ScheduleZero.Broker.Host.Alerting.Sending;

/// <summary>The bounds of an attempt to send, and what tests put in the place of the machine's own.</summary>
internal sealed record SendingOptions
{
    public static readonly TimeSpan TimeoutDefault = TimeSpan.FromSeconds(15);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The time for a whole attempt.</summary>
    public TimeSpan Timeout { get; init; } = TimeoutDefault;

    /// <summary>The authorities of servers' certificates; null for those of the machine.</summary>
    public AuthorityFile? Authorities { get; init; }

    /// <summary>Gives the addresses of a name; null for the system's resolver.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>>? Resolve { get; init; }

    /// <summary>
    /// How a chain is built before <see cref="Trust"/> judges it. By default .NET asks the addresses that a certificate
    /// names for certificates that are missing; here they are a stranger's, and could lead anywhere.
    /// </summary>
    public static X509ChainPolicy ChainPolicy() =>
        new()
        {
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
            ApplicationPolicy = { new Oid(CertificatePurpose.Server) },
        };

    /// <summary>The check of servers' certificates.</summary>
    public ServerTrust Trust() => new(Authorities, Authorities is null ? null : "the settings", Time, setting: null);
}
