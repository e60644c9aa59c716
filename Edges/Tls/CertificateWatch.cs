using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace ScheduleZero.Edges.Tls;

/// <summary>
/// Warns once a day of certificates in files that end soon; certificates by ACME have a warning of their own. The meter
/// <c>ScheduleZero.Edges</c> says when each certificate ends, and how often its renewal has failed.
/// </summary>
internal sealed class CertificateWatch : BackgroundService
{
    public const string EndName = "schedulezero.edges.certificate.end";
    public const string FailuresName = "schedulezero.edges.certificate.failures";
    public const string SourceTag = "source";
    public const string NamesTag = "names";

    private static readonly TimeSpan WarnEvery = TimeSpan.FromDays(1);

    private readonly CertificateChoice _certificates;
    private readonly CertificateFiles? _files;
    private readonly TimeProvider _time;

    /// <param name="files">The certificates in files; null when there are none.</param>
    public CertificateWatch(
        CertificateChoice certificates,
        IMeterFactory meters,
        TimeProvider time,
        CertificateFiles? files = null
    )
    {
        (_certificates, _files, _time) = (certificates, files, time);
        var meter = meters.Create(AddressPolicy.MeterName);
        meter.CreateObservableGauge(
            EndName,
            () => Measure(static state => state.ValidUntil?.ToUnixTimeSeconds()),
            "s",
            "When the certificate ends, as seconds since 1970; nothing for one that there is not yet."
        );
        meter.CreateObservableGauge(
            FailuresName,
            () => Measure(static state => state.Failures),
            "{attempt}",
            "Attempts to get or load the next certificate that failed since the last that did not."
        );
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_files is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(WarnEvery, _time);
        do
        {
            _files.WarnOfEnds();
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Measurement<long>> Measure(Func<CertificateState, long?> value)
    {
        foreach (var state in _certificates.States())
        {
            if (value(state) is { } measured)
            {
                yield return new Measurement<long>(
                    measured,
                    new KeyValuePair<string, object?>(SourceTag, state.Source),
                    new KeyValuePair<string, object?>(NamesTag, string.Join(", ", state.Names))
                );
            }
        }
    }
}
