using ScheduleZero.Acme.Files;
using ScheduleZero.Acme.Wire;

namespace ScheduleZero.Acme.Renewal;

/// <summary>Asks the CA when it wants a certificate to be renewed (RFC 9773).</summary>
internal sealed class RenewalWindowWatch(AcmeSettings settings, TimeProvider time)
{
    private static readonly TimeSpan AskAgainMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AskAgainDefault = TimeSpan.FromHours(6);
    private static readonly TimeSpan AskAgainMax = TimeSpan.FromDays(1);

    /// <summary>The certificate that <see cref="Info"/> is about; null before the first question.</summary>
    private IssuedCertificate? _certificate;

    /// <summary>What the CA last said; null when it says nothing about the certificate.</summary>
    public RenewalInfo? Info { get; private set; }

    /// <summary>When the CA is asked again.</summary>
    public DateTimeOffset AskAt { get; private set; }

    /// <summary>Asks, if it is time to. Failures leave the last answer as it was.</summary>
    /// <returns>Whether the CA's wish is another one than before.</returns>
    /// <exception cref="AcmeException">The CA did not answer.</exception>
    public async Task<bool> AskAsync(IssuedCertificate certificate, CancellationToken cancellationToken)
    {
        if (!ReferenceEquals(certificate, _certificate))
        {
            (_certificate, Info, AskAt) = (certificate, null, DateTimeOffset.MinValue);
        }

        if (time.GetUtcNow() < AskAt)
        {
            return false;
        }

        // Set before the question: one that fails is not repeated at once.
        AskAt = time.GetUtcNow() + AskAgainDefault;
        if (certificate.RenewalId is not { } id || await FetchAsync(id, cancellationToken) is not { } answer)
        {
            return false;
        }

        if (answer.RetryAfter is { } wait)
        {
            AskAt = time.GetUtcNow() + TimeSpan.FromTicks(Math.Clamp(wait.Ticks, AskAgainMin.Ticks, AskAgainMax.Ticks));
        }

        var before = Info;
        Info = answer.Read(AcmeJson.Default.RenewalInfo);
        return Info != before;
    }

    /// <summary>Null when the CA does not offer renewal information.</summary>
    private async Task<AcmeAnswer?> FetchAsync(string id, CancellationToken cancellationToken)
    {
        using var http = new AcmeHttp(settings, time);
        var directory = await AcmeSession.FetchDirectoryAsync(http, settings.Directory, cancellationToken);
        if (directory.RenewalInfo is not { } address)
        {
            return null;
        }

        AcmeHttp.RequireHttps(address);
        var url = new Uri($"{address.AbsoluteUri.TrimEnd('/')}/{id}");
        var answer = await http.SendAsync(HttpMethod.Get, url, null, cancellationToken);
        return answer.Status == 200 ? answer : throw Problem.ExceptionOf(answer);
    }
}
