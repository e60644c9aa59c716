using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Users of the whole Broker.</summary>
public sealed class UsersClient
{
    private const string Root = "api/users";

    private readonly RestConnection _connection;

    internal UsersClient(RestConnection connection) => _connection = connection;

    /// <summary>A password that is not given is made; the answer is the only place where it can ever be read.</summary>
    public Task<UserCreated> CreateAsync(UserRequest user, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            Root,
            user,
            RestJson.Default.UserRequest,
            RestJson.Default.UserCreated,
            TimeSpan.Zero,
            cancellationToken
        );

    /// <summary>Reads one page of the users.</summary>
    public Task<Page<UserView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) =>
        _connection.GetAsync(
            new QueryString(Root).Add("limit", limit).Add("cursor", cursor).ToString(),
            RestJson.Default.PageUserView,
            cancellationToken
        );

    /// <summary>Every page, as it is read.</summary>
    public IAsyncEnumerable<UserView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    public Task<UserView> GetAsync(string userName, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(PathOf(userName), RestJson.Default.UserView, cancellationToken);

    /// <summary>Changes a user. Fields not given stay; a change holds at once, also for requests under way.</summary>
    public Task<UserView> PatchAsync(string userName, UserPatch patch, CancellationToken cancellationToken = default) =>
        _connection.PatchAsync(
            PathOf(userName),
            patch,
            RestJson.Default.UserPatch,
            RestJson.Default.UserView,
            cancellationToken
        );

    public Task DeleteAsync(string userName, CancellationToken cancellationToken = default) =>
        _connection.TellAsync(HttpMethod.Delete, PathOf(userName), null, cancellationToken);

    /// <summary>Ends every session of the user; the new password is good for choosing another.</summary>
    public Task<PasswordAnswer> ResetPasswordAsync(
        string userName,
        PasswordReset reset,
        CancellationToken cancellationToken = default
    ) =>
        _connection.PostAsync(
            $"{PathOf(userName)}/password",
            reset,
            RestJson.Default.PasswordReset,
            RestJson.Default.PasswordAnswer,
            TimeSpan.Zero,
            cancellationToken
        );

    public Task<Page<UserSessionView>> SessionsAsync(string userName, CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{PathOf(userName)}/sessions", RestJson.Default.PageUserSessionView, cancellationToken);

    public Task EndSessionAsync(string userName, string id, CancellationToken cancellationToken = default) =>
        _connection.TellAsync(
            HttpMethod.Delete,
            $"{PathOf(userName)}/sessions/{Uri.EscapeDataString(id)}",
            null,
            cancellationToken
        );

    private static string PathOf(string userName) => $"{Root}/{Uri.EscapeDataString(userName)}";
}
