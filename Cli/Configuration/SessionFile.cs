using System.Text.Json;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Configuration;

/// <summary>A session that somebody began with <c>login</c>.</summary>
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

/// <summary>A session for each server.</summary>
internal sealed record SessionSet
{
    public IReadOnlyDictionary<string, SavedSession> Sessions { get; init; } = new Dictionary<string, SavedSession>();
}

/// <summary>
/// The sessions of this account, in a file that only it may read. A refresh token is good once: whoever uses one holds
/// the file's lock meanwhile, so that two commands at the same moment do not end the session.
/// </summary>
internal sealed class SessionFile(Terminal terminal)
{
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(30);

    private string Path { get; } = ConfigurationFolder.PathOf("sessions.json", terminal);

    public SavedSession? Find(Uri server) =>
        Load().Sessions.GetValueOrDefault(KeyOf(server)) is { } session && session.ExpiresAt > terminal.Time.GetUtcNow()
            ? session
            : null;

    /// <summary>
    /// Whether a session with the server is kept here. False where the file cannot be read: it is not going to be
    /// used.
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

    /// <summary>Finds out whether a session could be kept, before one is begun that nobody could use.</summary>
    /// <exception cref="UsageException">It could not; the message says why.</exception>
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

    /// <param name="session">Null to forget it.</param>
    public async Task PutAsync(Uri server, SavedSession? session, CancellationToken cancellationToken)
    {
        using var held = await LockAsync(cancellationToken);
        Save(server, session);
    }

    /// <summary>The server's session with an access token that is still good, after a refresh if need be.</summary>
    /// <param name="refresh">Asks the server for the next tokens.</param>
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

        // The refresh token is good once: what comes in its place must find room.
        KeyFile.RequireWritable(Path);
        var next = await refresh(current.RefreshToken) is { } tokens
            ? SavedSession.From(tokens, terminal.Time.GetUtcNow())
            : null;
        Save(server, next);
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

    private void Save(Uri server, SavedSession? session)
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

    // An open file that nobody else may open: the system lets go of it whatever becomes of this process.
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

    // EWOULDBLOCK of Linux and macOS; ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of Windows. Anything else does
    // not pass by waiting.
    private static bool IsHeld(IOException e) => (e.HResult & 0xFFFF) is 11 or 35 or 32 or 33;
}
