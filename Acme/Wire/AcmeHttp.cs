using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Acme.Wire;

/// <summary>Requests to the CA, bounded in time and in bytes. They go by https only, and follow no redirect.</summary>
internal sealed class AcmeHttp : IDisposable
{
    /// <summary>The longest true answer is a chain of certificates, of some 10 KiB.</summary>
    private const int BodyBytesMax = 512 * 1024;

    private const int NonceLengthMax = 1024;

    private readonly HttpClient _client;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public AcmeHttp(AcmeSettings settings, TimeProvider time)
    {
        _timeout = settings.RequestTimeout;
        _time = time;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        if (settings.Roots is { } roots)
        {
            handler.SslOptions.CertificateChainPolicy = TrustOnly(roots);
        }

        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("ScheduleZero", null));
    }

    /// <summary>Sends one request.</summary>
    /// <param name="jws">The signed body of a POST; null for other methods.</param>
    /// <exception cref="AcmeException">No answer came, or none that a CA gives. An answer with an error status is
    /// returned.</exception>
    public async Task<AcmeAnswer> SendAsync(
        HttpMethod method,
        Uri url,
        byte[]? jws,
        CancellationToken cancellationToken
    )
    {
        RequireHttps(url);
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(method, url);
            if (jws != null)
            {
                request.Content = new ByteArrayContent(jws);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/jose+json");
            }

            using var response = await _client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                either.Token
            );
            return await ReadAsync(url, response, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AcmeException($"{url} did not answer within {_timeout.TotalSeconds} s.", e) { IsPassing = true };
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException)
        {
            throw new AcmeException(
                $"The certificate of {url.Authority} is not trusted: a private CA needs its root (--acme-ca-file). "
                    + e.InnerException.Message,
                e
            );
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new AcmeException($"{url.Authority} cannot be reached: {e.Message}", e) { IsPassing = true };
        }
    }

    /// <exception cref="AcmeException">The address leads elsewhere.</exception>
    public static void RequireHttps(Uri url)
    {
        if (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps)
        {
            throw new AcmeException(
                $"The CA names the address '{Problem.Printable(url.OriginalString)}', "
                    + "which is none of the form https://…"
            );
        }
    }

    public void Dispose() => _client.Dispose();

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(roots);
        policy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1")); // Server.
        return policy;
    }

    private async Task<AcmeAnswer> ReadAsync(Uri url, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (status is >= 300 and < 400)
        {
            throw new AcmeException(
                $"{url} answers with a redirect to '{Problem.Printable($"{response.Headers.Location}")}': "
                    + "give the CA's own address."
            );
        }

        var location = response.Headers.Location;
        return new AcmeAnswer(
            url,
            status,
            await ReadBodyAsync(url, response, cancellationToken),
            location is null || location.IsAbsoluteUri ? location : new Uri(url, location),
            NonceOf(response),
            RetryAfterOf(response)
        );
    }

    private static async Task<byte[]> ReadBodyAsync(
        Uri url,
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        var body = new MemoryStream();
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (body.Length + read > BodyBytesMax)
            {
                throw new AcmeException($"{url} answers with more than {BodyBytesMax} bytes, which no CA does.");
            }

            await body.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        return body.ToArray();
    }

    /// <summary>RFC 8555, 6.5.1: a value that is not base64url is to be ignored.</summary>
    private static string? NonceOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Replay-Nonce", out var values)
        && values.First() is { Length: > 0 and <= NonceLengthMax } nonce
        && nonce.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? nonce
            : null;

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
