using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>Users of the whole Broker.</summary>
public sealed class UsersClient
{
    private const string Root = "api/users";

    private readonly RestConnection _connection;

    internal UsersClient(RestConnection connection) => _connection = connection;

    /// <summary>
    /// Creates a user. The Broker makes a password if none is given; only this answer ever shows that password.
    /// </summary>
    public Task<UserCreated> CreateAsync(UserRequest user, CancellationToken cancellationToken = default) =>
        _connection.PostAsync(
            Root,
            user,
            RestJson.Default.UserRequest,
            RestJson.Default.UserCreated,
            cancellationToken
        );

    /// <summary>Reads one page of the users.</summary>
    public Task<Page<UserView>> ListAsync(
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellationToken = default
    ) => _connection.ListAsync(Root, limit, cursor, RestJson.Default.PageUserView, cancellationToken);

    /// <summary>Lists all users, reading page after page.</summary>
    public IAsyncEnumerable<UserView> ListAllAsync(CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, token) => ListAsync(null, cursor, token), null, cancellationToken);

    public Task<UserView> GetAsync(string userName, CancellationToken cancellationToken = default) =>
        _connection.GetAsync(PathOf(userName), RestJson.Default.UserView, cancellationToken);

    /// <summary>
    /// Changes a user. Fields that are not set stay as they are. A change holds at once, also for requests under way.
    /// </summary>
    public Task<UserView> PatchAsync(string userName, UserPatch patch, CancellationToken cancellationToken = default) =>
        _connection.PatchAsync(
            PathOf(userName),
            patch,
            RestJson.Default.UserPatch,
            RestJson.Default.UserView,
            cancellationToken
        );

    public Task DeleteAsync(string userName, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync(PathOf(userName), cancellationToken);

    /// <summary>
    /// Gives a user a new password, with which the user may only choose another one. Every user session of the user
    /// ends.
    /// </summary>
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
            cancellationToken
        );

    public Task<Page<UserSessionView>> SessionsAsync(string userName, CancellationToken cancellationToken = default) =>
        _connection.GetAsync($"{PathOf(userName)}/sessions", RestJson.Default.PageUserSessionView, cancellationToken);

    public Task EndSessionAsync(string userName, string id, CancellationToken cancellationToken = default) =>
        _connection.DeleteAsync($"{PathOf(userName)}/sessions/{Uri.EscapeDataString(id)}", cancellationToken);

    private static string PathOf(string userName) => $"{Root}/{Uri.EscapeDataString(userName)}";
}
