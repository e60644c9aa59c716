using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using ScheduleZero.Certificates;

namespace ScheduleZero.Broker.Host.Alerting.Sending.Web;

/// <summary>
/// Says why a request failed. The texts are made here and not taken from exceptions or answers: those could hold the
/// URL, which may be a secret, or text of a stranger.
/// </summary>
internal static class WebProblems
{
    /// <summary>What an answer without success says.</summary>
    public static string Of(string host, HttpStatusCode status)
    {
        var phrase = ReasonPhrases.GetReasonPhrase((int)status);
        var answered = $"{host} answered {(int)status}{(phrase.Length > 0 ? $" {phrase}" : "")}";
        return (int)status is >= 300 and < 400
            ? $"{answered}. Redirects are not followed: give the channel the address that this one leads to."
            : $"{answered}.";
    }

    /// <summary>Why there was no answer.</summary>
    public static string Of(string host, Exception failure)
    {
        if (CertificateRefusedException.Within(failure) is { } refusal)
        {
            return refusal.Message;
        }

        for (var e = failure; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case AddressRefusedException:
                    return e.Message;
                case SocketException socket:
                    return SocketProblems.Of(host, socket);
                case AuthenticationException:
                    return $"{host} and the Broker could not agree on TLS.";
                default:
                    break;
            }
        }

        return
            failure
                is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }
                    or HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded }
            ? $"{host} gave an answer that is no HTTP."
            : $"{host} ended the connection without an answer.";
    }
}
