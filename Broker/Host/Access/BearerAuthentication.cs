using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>Reads <c>Authorization: Bearer …</c>: an API key, or the access token of a user's session.</summary>
internal sealed class BearerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    KeyRing keys,
    AccessTokens tokens,
    LiveAccess live,
    StrangerLines lines
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public new const string Scheme = "Bearer";

    private const string Prefix = "Bearer ";

    private static readonly Task<AuthenticateResult> Nothing = Task.FromResult(AuthenticateResult.NoResult());

    // One answer for an unknown id, a wrong secret, an expired or revoked key, a key that is bound to other addresses,
    // and every bad token: a stranger must not learn which it was.
    private static readonly AuthenticateResult Wrong = AuthenticateResult.Fail("The credential is not valid.");

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        if (
            header.Count != 1
            || header[0] is not { } text
            || !text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
        )
        {
            return Nothing;
        }

        var credential = text[Prefix.Length..];
        return ApiKey.TryParse(credential, out var key) ? Task.FromResult(Check(key)) : CheckAsync(credential);
    }

    private AuthenticateResult Check(ApiKey key)
    {
        if (keys.Check(key) is not { } record)
        {
            return Wrong;
        }

        if (
            record.Addresses is not null
            && Context.Connection.RemoteIpAddress?.ToString() is var address
            && !record.Admits(address)
        )
        {
            if (lines.MayWrite("keys out of their place", Context.Connection.RemoteIpAddress))
            {
                Logger.KeyOutOfPlace(record.Id, address);
            }

            return Wrong;
        }

        return Success(Caller.For(record));
    }

    private async Task<AuthenticateResult> CheckAsync(string token) =>
        await tokens.CheckAsync(token) is { } session && live.OfSignIn(session) is { } caller ? Success(caller) : Wrong;

    private static AuthenticateResult Success(Caller caller) =>
        AuthenticateResult.Success(new AuthenticationTicket(caller, Scheme));
}
