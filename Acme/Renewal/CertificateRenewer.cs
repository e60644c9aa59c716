using Microsoft.Extensions.Logging;
using ScheduleZero.Acme.Challenges;
using ScheduleZero.Acme.Files;
using ScheduleZero.Acme.Orders;
using ScheduleZero.Acme.Wire;

namespace ScheduleZero.Acme.Renewal;

/// <summary>
/// Gets a certificate and renews it in time. Whatever fails, the certificate before stays in use and on the disk.
/// </summary>
/// <param name="settings">Checked by <see cref="AcmeSettings.FindMistake"/> before; a mistake is an exception.</param>
/// <param name="onChanged">Called, on the thread of <see cref="RunAsync"/>, with each certificate that was
/// issued.</param>
/// <param name="onFailed">Called on that thread with the reason of each attempt that failed; null for nobody.</param>
/// <param name="chance">Draws from [0, 1), which spread the requests of many machines.</param>
internal sealed class CertificateRenewer(
    AcmeSettings settings,
    IChallengeResponses responses,
    Action<IssuedCertificate> onChanged,
    TimeProvider time,
    Func<double> chance,
    ILogger logger,
    Action<string>? onFailed = null
)
{
    /// <summary>The longest sleep: after it, clocks that were set and days that passed are looked at again.</summary>
    private static readonly TimeSpan SleepMax = TimeSpan.FromDays(1);

    private readonly AcmeFolder _folder = new(RequireSound(settings).Folder);
    private readonly RenewalWindowWatch _watch = new(settings, time);
    private readonly string _names = string.Join(", ", settings.Names);

    private volatile IssuedCertificate? _current;
    private volatile RenewalStatus _status = new();

    /// <summary>The draw for the time of renewal of the certificate in use.</summary>
    private double _spread = chance();

    /// <summary>No attempt is made before this instant.</summary>
    private DateTimeOffset _pauseUntil = DateTimeOffset.MinValue;

    /// <summary>When the end of the certificate may be warned of again.</summary>
    private DateTimeOffset _warnAgainAt = DateTimeOffset.MinValue;

    /// <summary>The certificate in use; null before the first one. Any thread may ask.</summary>
    public IssuedCertificate? Current => _current;

    /// <summary>Any thread may ask.</summary>
    public RenewalStatus Status => _status;

    /// <summary>Reads the certificate of an earlier run, if there is one. To be called once, before
    /// <see cref="RunAsync"/> and before the listener opens.</summary>
    public void Restore()
    {
        try
        {
            _current = _folder.Load();
            _status = _status with { NotAfter = _current?.NotAfter };
        }
        catch (IOException e)
        {
            logger.StoredCertificateUnusable(e.Message);
        }
    }

    /// <summary>Renews until it is told to stop.</summary>
    /// <exception cref="OperationCanceledException">It was told to.</exception>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await WatchWindowAsync(stoppingToken);
            var now = time.GetUtcNow();
            WarnBeforeEnd(now);
            var next = NextAttempt(now);
            _status = _status with { NextAttempt = next };
            if (next <= now)
            {
                await AttemptAsync(stoppingToken);
                continue;
            }

            var wake = _current is null || next < _watch.AskAt ? next : _watch.AskAt;
            var sleep = wake - now < SleepMax ? wake - now : SleepMax;
            // Timers know milliseconds; a part of one would be slept as none, again and again.
            await Task.Delay(sleep + TimeSpan.FromMilliseconds(1), time, stoppingToken);
        }
    }

    private DateTimeOffset NextAttempt(DateTimeOffset now)
    {
        var planned =
            _current is { } current && current.Covers(settings.Names)
                ? RenewalPlan.RenewAt(current, _watch.Info?.SuggestedWindow, _spread)
                : now;
        return planned > _pauseUntil ? planned : _pauseUntil;
    }

    /// <summary>Asks for the CA's window. Without it, two thirds of the life count, so a failure does no harm.
    /// </summary>
    private async Task WatchWindowAsync(CancellationToken stoppingToken)
    {
        if (_current is not { } current)
        {
            return;
        }

        try
        {
            if (await _watch.AskAsync(current, stoppingToken) && _watch.Info is { } info)
            {
                var window = info.SuggestedWindow;
                var explanation = Problem.Printable(info.ExplanationUrl ?? "no reason given");
                logger.WindowChanged(_names, window.Start, window.End, explanation);
            }
        }
        catch (Exception e)
        {
            stoppingToken.ThrowIfCancellationRequested();
            logger.NoWindow(_names, e.Message);
        }
    }

    private void WarnBeforeEnd(DateTimeOffset now)
    {
        if (
            _current is { } current
            && now >= RenewalPlan.WarnAt(current.NotBefore, current.NotAfter)
            && now >= _warnAgainAt
        )
        {
            _warnAgainAt = now + TimeSpan.FromDays(1);
            logger.EndsSoon(_names, current.NotAfter, _status.LastFailure ?? "none");
        }
    }

    private async Task AttemptAsync(CancellationToken stoppingToken)
    {
        logger.Asking(settings.Directory, _names);
        try
        {
            var issued = await IssueAsync(stoppingToken);
            Store(issued);
            _current = issued;
            _spread = chance();
            // A certificate that is due as soon as it is issued must not make an order follow the other.
            _pauseUntil = time.GetUtcNow() + RenewalPlan.PauseAfterSuccess(issued);
            _warnAgainAt = DateTimeOffset.MinValue;
            _status = new RenewalStatus { NotAfter = issued.NotAfter };
            onChanged(issued);
            logger.Issued(_names, issued.NotAfter);
        }
        catch (Exception e)
        {
            // While stopping, any failure may come of it.
            stoppingToken.ThrowIfCancellationRequested();
            var failures = _status.FailuresInRow + 1;
            _pauseUntil =
                time.GetUtcNow() + RenewalPlan.PauseAfter(failures, (e as AcmeException)?.RetryAfter, chance());
            _status = _status with { FailuresInRow = failures, LastFailure = e.Message };
            // The stack of a failure that the client expects tells nothing more.
            logger.AttemptFailed(_names, e.Message, _pauseUntil, e is AcmeException or IOException ? null : e);
            onFailed?.Invoke(e.Message);
        }
    }

    /// <summary>Stores a certificate. One that cannot be stored is used nevertheless: asking for another would use up
    /// the CA's limits, and end in the same way.</summary>
    private void Store(IssuedCertificate issued)
    {
        try
        {
            _folder.Save(issued);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.NotStored(_names, e.Message);
        }
    }

    private static AcmeSettings RequireSound(AcmeSettings settings) =>
        settings.FindMistake() is { } mistake ? throw new ArgumentException(mistake) : settings;

    private async Task<IssuedCertificate> IssueAsync(CancellationToken stoppingToken)
    {
        using var key = _folder.ReadOrCreateAccountKey();
        using var http = new AcmeHttp(settings, time);
        var directory = await AcmeSession.FetchDirectoryAsync(http, settings.Directory, stoppingToken);
        var session = new AcmeSession(http, key, directory);
        if (await AccountRegistration.EnterAsync(session, settings, stoppingToken))
        {
            logger.AccountCreated(settings.Directory, session.Account);
        }

        var replaces = directory.RenewalInfo is null ? null : _current?.RenewalId;
        return await new CertificateOrder(session, settings, responses, time).IssueAsync(replaces, stoppingToken);
    }
}
