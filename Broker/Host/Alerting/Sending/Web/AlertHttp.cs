using System.Net;
using System.Net.Security;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Web;

/// <summary>
/// Sends notices by HTTP: bounded in time, to allowed addresses only, by no proxy, and without following redirects. Of
/// an answer only its status and its Retry-After are read.
/// </summary>
internal sealed class AlertHttp : IDisposable
{
    private const int AnswerHeadersKiBMax = 16;

    private readonly HttpClient _client;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public AlertHttp(IReadOnlyList<string> allowed, SendingOptions options)
    {
        (_timeout, _time) = (options.Timeout, options.Time);
        var trust = options.Trust();
        _client = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = new AlertDialler(
                    new AddressRanges(allowed),
                    options.Time,
                    options.Resolve
                ).ConnectAsync,
                // A proxy would resolve the names itself, and dial addresses that nobody here has judged.
                UseProxy = false,
                AllowAutoRedirect = false,
                UseCookies = false,
                // Notices are rare. A connection of its own does not fail because its last use is long ago.
                PooledConnectionLifetime = TimeSpan.Zero,
                MaxResponseHeadersLength = AnswerHeadersKiBMax,
                // Bodies of answers are not read, also not to use the connection again.
                MaxResponseDrainSize = 0,
                // Who traces requests within the Broker is nothing that strangers should be told.
                ActivityHeadersPropagator = null,
                SslOptions = new SslClientAuthenticationOptions
                {
                    CertificateChainPolicy = SendingOptions.ChainPolicy(),
                    RemoteCertificateValidationCallback = (stream, certificate, chain, errors) =>
                        trust.Accept(((SslStream)stream).TargetHostName, certificate, chain, errors),
                },
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd($"ScheduleZero/{BrokerServer.Version}");
    }

    /// <summary>Sends a request once, and disposes it.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<SendResult> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var sent = request;
        var host = request.RequestUri!.IdnHost;
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return ResultOf(host, answer);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return SendResult.Failed(
                timeout.IsCancellationRequested
                    ? $"{host} did not answer within {_timeout.TotalSeconds} s."
                    : WebProblems.Of(host, e)
            );
        }
    }

    public void Dispose() => _client.Dispose();

    private SendResult ResultOf(string host, HttpResponseMessage answer)
    {
        if (answer.IsSuccessStatusCode)
        {
            return SendResult.Sent;
        }

        var problem = WebProblems.Of(host, answer.StatusCode);
        return answer.StatusCode switch
        {
            HttpStatusCode.Gone or HttpStatusCode.RequestEntityTooLarge => SendResult.Refused(problem),
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => SendResult.Failed(
                problem,
                RetryAfter.Of(answer.Headers.RetryAfter, _time.GetUtcNow())
            ),
            _ => SendResult.Failed(problem),
        };
    }
}
