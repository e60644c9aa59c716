using System.Text.Json;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Configuration;

/// <summary>A user session that somebody began with <c>login</c>.</summary>
internal sealed record SavedSession
{
    public required string AccessToken { get; init; }

    public required DateTimeOffset AccessExpiresAt { get; init; }

    public required string RefreshToken { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public static SavedSession From(TokenAnswer tokens, DateTimeOffset now) =>
        new()
        {
            AccessToken = tokens.AccessToken,
            AccessExpiresAt = now + TimeSpan.FromSeconds(tokens.ExpiresIn),
            RefreshToken = tokens.RefreshToken,
            ExpiresAt = tokens.SessionExpiresAt,
        };
}

/// <summary>The user sessions of an account of the machine, one for each server.</summary>
internal sealed record SessionSet
{
    /// <summary>User sessions, by the server's address without a slash at its end.</summary>
    public IReadOnlyDictionary<string, SavedSession> Sessions { get; init; } = new Dictionary<string, SavedSession>();
}

/// <summary>
/// The user sessions of this account, in a file that only this account may read. A refresh token is good once: a
/// command that uses one holds the file's lock meanwhile, so that two commands at the same moment do not end the user
/// session.
/// </summary>
internal sealed class SessionFile(Terminal terminal)
{
    /// <summary>The pause between two tries to get the lock.</summary>
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a command waits for the lock before it fails.</summary>
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(30);

    private string Path { get; } = ConfigurationFolder.PathOf("sessions.json", terminal);

    /// <summary>Finds the user session with the server; null when there is none, or its time is over.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public SavedSession? Find(Uri server) =>
        Load().Sessions.GetValueOrDefault(KeyOf(server)) is { } session && session.ExpiresAt > terminal.Time.GetUtcNow()
            ? session
            : null;

    /// <summary>
    /// Tells whether the file holds a user session with the server. A file that cannot be read counts as empty: the
    /// caller does not use the session.
    /// </summary>
    public bool IsThere(Uri server)
    {
        try
        {
            return Find(server) is not null;
        }
        catch (UsageException)
        {
            return false;
        }
    }

    /// <summary>Makes sure that a user session could be saved, before one is begun that nobody could use.</summary>
    /// <exception cref="UsageException">The file cannot be written; the message says why.</exception>
    public async Task RequireWritableAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var held = await LockAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"A session cannot be kept in {Path}: {e.Message} Nothing was done.");
        }

        KeyFile.RequireWritable(Path);
    }

    /// <summary>Saves the user session that tokens belong to, in place of an earlier one with the server.</summary>
    public Task SaveAsync(Uri server, TokenAnswer tokens, CancellationToken cancellationToken) =>
        PutAsync(server, SavedSession.From(tokens, terminal.Time.GetUtcNow()), cancellationToken);

    /// <summary>Deletes the user session with the server from the file. The Broker is not told.</summary>
    public Task ForgetAsync(Uri server, CancellationToken cancellationToken) =>
        PutAsync(server, null, cancellationToken);

    /// <summary>
    /// Finds the user session with the server, and refreshes it if its access token is nearly out of time; null when
    /// there is no session, or it has ended.
    /// </summary>
    /// <param name="refresh">Asks the server for the next tokens, given the refresh token; null when the session has
    /// ended.</param>
    public async Task<SavedSession?> FreshAsync(
        Uri server,
        Func<string, Task<TokenAnswer?>> refresh,
        CancellationToken cancellationToken
    )
    {
        if (Find(server) is not { } session || IsGood(session))
        {
            return Find(server);
        }

        using var held = await LockAsync(cancellationToken);
        if (Find(server) is not { } current || IsGood(current))
        {
            return Find(server); // Another command was faster.
        }

        // The refresh token is good once, so that the next one must not be lost: make sure that it can be written.
        KeyFile.RequireWritable(Path);
        var next = await refresh(current.RefreshToken) is { } tokens
            ? SavedSession.From(tokens, terminal.Time.GetUtcNow())
            : null;
        Put(server, next);
        return next;
    }

    private bool IsGood(SavedSession session) =>
        session.AccessExpiresAt > terminal.Time.GetUtcNow() + TimeSpan.FromSeconds(30);

    private static string KeyOf(Uri server) => server.GetLeftPart(UriPartial.Path).TrimEnd('/');

    private SessionSet Load()
    {
        try
        {
            var set = JsonSerializer.Deserialize(File.ReadAllText(Path), CliJson.Default.SessionSet);
            KeyFile.WarnIfOthersRead(Path, terminal);
            return set?.Sessions is null ? new SessionSet() : set;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new SessionSet();
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{Path} cannot be read: {e.Message} Delete it, and sign in again.");
        }
    }

    private async Task PutAsync(Uri server, SavedSession? session, CancellationToken cancellationToken)
    {
        using var held = await LockAsync(cancellationToken);
        Put(server, session);
    }

    /// <summary>Writes the file anew. The caller holds the lock.</summary>
    /// <param name="session">The user session with the server; null for none.</param>
    private void Put(Uri server, SavedSession? session)
    {
        var sessions = new SortedDictionary<string, SavedSession>(
            Load().Sessions.ToDictionary(),
            StringComparer.Ordinal
        );
        sessions.Remove(KeyOf(server));
        if (session is not null)
        {
            sessions[KeyOf(server)] = session;
        }

        KeyFile.Write(
            Path,
            JsonSerializer.Serialize(new SessionSet { Sessions = sessions }, CliJson.Default.SessionSet)
                + Environment.NewLine
        );
    }

    // The lock is an open file that nobody else may open: the system closes it however this process ends.
    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        ConfigurationFolder.Make(Path);
        var start = terminal.Time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsHeld(e) && terminal.Time.GetElapsedTime(start) < LockPatience)
            {
                await Task.Delay(LockPause, CancellationToken.None);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    // The errors of a held lock: EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of
    // Windows. Waiting does not help against any other error.
    private static bool IsHeld(IOException e) => (e.HResult & 0xFFFF) is 11 or 35 or 32 or 33;
}
