using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Signing in and out, and the account of the user who is signed in.</summary>
public sealed class AuthClient
{
    private const string Root = "api/auth";

    private readonly RestConnection _connection;

    internal AuthClient(RestConnection connection) => _connection = connection;

    /// <summary>Begins a user session. The client needs no credential.</summary>
    public Task<TokenAnswer> LoginAsync(LoginRequest login, CancellationToken cancellationToken = default) =>
        PostAsync("login", login, RestJson.Default.LoginRequest, RestJson.Default.TokenAnswer, cancellationToken);

    /// <summary>
    /// Gets the next tokens of a user session. The client needs no credential; the refresh token that is given is not
    /// valid any more.
    /// </summary>
    public Task<TokenAnswer> RefreshAsync(RefreshRequest refresh, CancellationToken cancellationToken = default) =>
        PostAsync("refresh", refresh, RestJson.Default.RefreshRequest, RestJson.Default.TokenAnswer, cancellationToken);

    /// <summary>Ends the user session of the client's access token.</summary>
    public Task LogoutAsync(CancellationToken cancellationToken = default) =>
        _connection.TellAsync($"{Root}/logout", cancellationToken);

    /// <summary>Asks who the client is, and what the client may do.</summary>
    public Task<MeView> MeAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{Root}/me", RestJson.Default.MeView, cancellationToken);

    /// <summary>Reads the user sessions of the user who is signed in.</summary>
    public Task<Page<UserSessionView>> SessionsAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{Root}/sessions", RestJson.Default.PageUserSessionView, cancellationToken);

    public Task EndSessionAsync(string id, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync($"{Root}/sessions/{Uri.EscapeDataString(id)}", cancellationToken);

    /// <summary>Changes the user's password. Every session of the user ends; the answer begins a new one.</summary>
    public Task<TokenAnswer> ChangePasswordAsync(
        PasswordChange change,
        CancellationToken cancellationToken = default
    ) =>
        PostAsync("password", change, RestJson.Default.PasswordChange, RestJson.Default.TokenAnswer, cancellationToken);

    /// <summary>Makes a secret for the authenticator app. Codes are asked for once one has been confirmed.</summary>
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
    ) => _connection.PostAsync($"{Root}/{path}", body, bodyType, answer, cancellationToken);
}
