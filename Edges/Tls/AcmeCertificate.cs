using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScheduleZero.Acme;
using ScheduleZero.Acme.Challenges;
using ScheduleZero.Acme.Files;
using ScheduleZero.Acme.Renewal;
using ScheduleZero.Certificates;

namespace ScheduleZero.Edges.Tls;

/// <summary>
/// The certificate that a CA issues. It is asked for once the listeners are open, since the CA comes to them to check
/// the names.
/// </summary>
internal sealed class AcmeCertificate : BackgroundService, ICertificateSource
{
    private readonly Action<CertificateAttempt> _told;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly AcmeSettings _order;
    private readonly CertificateRenewer _renewer;

    /// <summary>The certificate in use; empty before the first. Replaced as a whole, on the renewer's task.</summary>
    private volatile ServerCertificate[] _current = [];

    /// <summary>Takes the certificate of an earlier run, if there is one.</summary>
    /// <param name="settings">The settings, which were validated.</param>
    /// <param name="told">Called after each attempt, on the renewer's task.</param>
    /// <exception cref="IOException">A file of the settings has changed since they were validated.</exception>
    public AcmeCertificate(
        TlsAcmeSettings settings,
        Action<CertificateAttempt> told,
        IChallengeResponses responses,
        IHostApplicationLifetime lifetime,
        ILogger<CertificateRenewer> renewalLog,
        ILogger<AcmeCertificate> log
    )
    {
        (_told, _lifetime) = (told, lifetime);
        _order = settings.ToOrder();
        _renewer = new CertificateRenewer(
            _order,
            responses,
            OnIssued,
            settings.Time,
            // A draw that nobody has to foresee or repeat: it only spreads the requests of many machines.
            static () => RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 20),
            renewalLog,
            failure => told(new CertificateAttempt(_order.Names, null, failure))
        );
        _renewer.Restore();
        if (_renewer.Current is { } restored)
        {
            Use(restored);
        }
        else
        {
            log.CertificateAwaited(string.Join(", ", _order.Names), settings.Directory, WayOf(responses.Kind));
        }
    }

    public IReadOnlyList<ServerCertificate> Current() => _current;

    public bool Awaits(string host) =>
        _order.Names.Contains(CertificateNames.Normal(host), StringComparer.OrdinalIgnoreCase)
        && !Array.Exists(_current, certificate => certificate.Names.Has(host));

    public IEnumerable<CertificateState> States()
    {
        var status = _renewer.Status;
        yield return new CertificateState(
            _order.Directory.AbsoluteUri,
            _order.Names,
            status.NotAfter,
            status.FailuresInRow,
            status.LastFailure
        )
        {
            NextAttempt = status.NextAttempt,
        };
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        await _renewer.RunAsync(stoppingToken);
    }

    /// <summary>What an operator must make possible for the CA.</summary>
    private static string WayOf(string kind) =>
        kind == TlsAcmeSettings.HttpChallenge
            ? "port 80 of each name leads to the listener of --redirect-http"
            : "port 443 of each name leads to the https listener";

    private void OnIssued(IssuedCertificate issued)
    {
        Use(issued);
        _told(new CertificateAttempt(_order.Names, issued.NotAfter.ToUniversalTime(), null));
    }

    private void Use(IssuedCertificate issued) => _current = [ServerCertificate.Of(issued)];
}
