using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Signing in, staying so, and leaving; and what everybody may see and change of themselves.</summary>
public sealed class AuthClient
{
    private const string Root = "api/auth";

    private readonly RestConnection _connection;

    internal AuthClient(RestConnection connection) => _connection = connection;

    /// <summary>Begins a session. Needs no credential.</summary>
    public Task<TokenAnswer> LoginAsync(LoginRequest login, CancellationToken cancellationToken = default) =>
        PostAsync("login", login, RestJson.Default.LoginRequest, RestJson.Default.TokenAnswer, cancellationToken);

    /// <summary>The session's next tokens. Needs no credential; the refresh token given is used up.</summary>
    public Task<TokenAnswer> RefreshAsync(RefreshRequest refresh, CancellationToken cancellationToken = default) =>
        PostAsync("refresh", refresh, RestJson.Default.RefreshRequest, RestJson.Default.TokenAnswer, cancellationToken);

    /// <summary>Ends the client's session.</summary>
    public Task LogoutAsync(CancellationToken cancellationToken = default) =>
        _connection.TellAsync(HttpMethod.Post, $"{Root}/logout", null, cancellationToken);

    /// <summary>Asks who the client is, and what it may do.</summary>
    public Task<MeView> MeAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{Root}/me", RestJson.Default.MeView, cancellationToken);

    public Task<Page<UserSessionView>> SessionsAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{Root}/sessions", RestJson.Default.PageUserSessionView, cancellationToken);

    public Task EndSessionAsync(string id, CancellationToken cancellationToken = default) =>
        _connection.TellAsync(
            HttpMethod.Delete,
            $"{Root}/sessions/{Uri.EscapeDataString(id)}",
            null,
            cancellationToken
        );

    /// <summary>Ends every session of the user; the answer is a new one.</summary>
    public Task<TokenAnswer> ChangePasswordAsync(
        PasswordChange change,
        CancellationToken cancellationToken = default
    ) =>
        PostAsync("password", change, RestJson.Default.PasswordChange, RestJson.Default.TokenAnswer, cancellationToken);

    /// <summary>Makes a secret for the authenticator app. It counts once a code has been confirmed.</summary>
    public Task<TotpSecret> BeginTotpAsync(PasswordProof proof, CancellationToken cancellationToken = default) =>
        PostAsync("totp", proof, RestJson.Default.PasswordProof, RestJson.Default.TotpSecret, cancellationToken);

    public Task<RecoveryCodes> ConfirmTotpAsync(TotpProof proof, CancellationToken cancellationToken = default) =>
        PostAsync("totp/confirm", proof, RestJson.Default.TotpProof, RestJson.Default.RecoveryCodes, cancellationToken);

    public Task RemoveTotpAsync(PasswordProof proof, CancellationToken cancellationToken = default) =>
        _connection.TellAsync($"{Root}/totp/remove", proof, RestJson.Default.PasswordProof, cancellationToken);

    /// <summary>Makes new recovery codes. Earlier ones are not valid any more.</summary>
    public Task<RecoveryCodes> NewRecoveryCodesAsync(
        PasswordProof proof,
        CancellationToken cancellationToken = default
    ) =>
        PostAsync(
            "recovery-codes",
            proof,
            RestJson.Default.PasswordProof,
            RestJson.Default.RecoveryCodes,
            cancellationToken
        );

    private Task<T> PostAsync<TBody, T>(
        string path,
        TBody body,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<TBody> bodyType,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> answer,
        CancellationToken cancellationToken
    ) => _connection.PostAsync($"{Root}/{path}", body, bodyType, answer, TimeSpan.Zero, cancellationToken);
}
