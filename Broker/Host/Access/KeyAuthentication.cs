using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>Reads <c>Authorization: Bearer szk_…</c>.</summary>
internal sealed class KeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, KeyRing keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public new const string Scheme = "ApiKey";

    private const string Bearer = "Bearer ";

    private static readonly Task<AuthenticateResult> NoKey = Task.FromResult(AuthenticateResult.NoResult());
    private static readonly Task<AuthenticateResult> WrongKey = Task.FromResult(AuthenticateResult.Fail("The API key is not valid."));

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } text || !text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return NoKey;
        }

        // An unknown id, a wrong secret, an expired and a revoked key, and a key of other addresses look the same from outside.
        if (!ApiKey.TryParse(text[Bearer.Length..], out var key) || keys.Check(key) is not { } record)
        {
            return WrongKey;
        }

        if (record.Addresses is not null && Context.Connection.RemoteIpAddress?.ToString() is var address && !record.Admits(address))
        {
            Logger.KeyOutOfPlace(record.Id, address);
            return WrongKey;
        }

        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(Caller.For(record), Scheme)));
    }
}
