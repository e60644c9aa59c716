using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Edges;

/// <summary>
/// How ZeroMQ connections of a server are secured. Without a key file they are plaintext. With one, all of them are
/// CURVE: this side is the server where it listens, and the client where it dials.
/// </summary>
public sealed record CurveSettings
{
    /// <summary>
    /// Files with key pairs, the current one first. While a key is being replaced, the old pair stands second: clients
    /// that know only the old one still come in.
    /// </summary>
    public IReadOnlyList<string> KeyFiles { get; init; } = [];

    /// <summary>
    /// Public keys that the servers have which this side dials: as text, or as the path of a file. While a server's key
    /// is being replaced, both.
    /// </summary>
    public IReadOnlyList<string> ServerKeys { get; init; } = [];

    /// <summary>
    /// A file with the keys of clients that may connect, a line for each; <c>any</c> for all clients. Needed where this
    /// side listens and has no other list.
    /// </summary>
    public string? Allow { get; init; }

    internal bool IsOn => KeyFiles.Count > 0;

    /// <summary>Whether every key of a client may connect, so that no list counts.</summary>
    internal bool AdmitsAny => IsOn && AllowsAny;

    private bool AllowsAny => Allow == "any";

    /// <summary>What is wrong with these settings; empty when nothing is.</summary>
    /// <param name="listens">Whether this side listens anywhere.</param>
    /// <param name="dials">Whether this side dials anybody.</param>
    /// <param name="hasStore">Whether clients may be allowed elsewhere, so that a file is not needed.</param>
    internal IEnumerable<string> Problems(bool listens, bool dials, bool hasStore = false)
    {
        if (!IsOn)
        {
            if (ServerKeys.Count > 0 || Allow is not null)
            {
                yield return "--curve-server and --curve-allow need --curve-key, "
                    + "a file that 'schedulezero curve create' makes.";
            }

            yield break;
        }

        foreach (var problem in KeyFiles.Select(file => ProblemOf(() => CurveKeyFile.ReadPair(file))).OfType<string>())
        {
            yield return problem;
        }

        foreach (var problem in ServerKeys.Select(key => ProblemOf(() => ServerKeyOf(key))).OfType<string>())
        {
            yield return problem;
        }

        if (dials && ServerKeys.Count == 0)
        {
            yield return "With --curve-key a server that is dialled must prove its key: name it by --curve-server.";
        }

        if (listens && Allow is null && !hasStore)
        {
            yield return "With --curve-key the clients that may connect must be named: --curve-allow FILE, with a line "
                + "for each public key, or --curve-allow any.";
        }
        else if (
            Allow is not null
            && !AllowsAny
            && ProblemOf(() => _ = new CurveAllowList(Allow, TimeProvider.System)) is { } problem
        )
        {
            yield return problem;
        }
    }

    /// <summary>
    /// The clients that may connect where this side listens; null where any may, or nothing is encrypted.
    /// </summary>
    /// <param name="listProblem">Told of an allow list that cannot be read any more.</param>
    /// <param name="isKnown">Whether another list has a key; null for no other list.</param>
    /// <param name="version">A number of the other list that moves when a key is taken from it; null for none.</param>
    /// <exception cref="IOException">The file has changed since the settings were validated.</exception>
    internal CurveClients? Clients(
        TimeProvider time,
        Action<string> listProblem,
        Func<string, bool>? isKnown = null,
        Func<long>? version = null
    ) =>
        IsOn && !AllowsAny
            ? new CurveClients(
                Allow is null ? null : new CurveAllowList(Allow, time),
                isKnown ?? (static _ => false),
                version ?? (static () => 0),
                listProblem
            )
            : null;

    /// <summary>How connections are secured that others make to this side. The settings were validated.</summary>
    /// <param name="clients">What <see cref="Clients"/> gave.</param>
    /// <exception cref="IOException">A file has changed since the settings were validated.</exception>
    internal ZmtpSecurity Listening(CurveClients? clients)
    {
        if (!IsOn)
        {
            return new ZmtpSecurity.Plaintext();
        }

        var pairs = KeyFiles.Select(CurveKeyFile.ReadPair).ToArray();
        return new ZmtpSecurity.CurveServer(() => pairs, key => clients?.Allows(key) ?? true);
    }

    /// <summary>
    /// How connections are secured that this side makes: one way for each key that the server may have. The settings
    /// were validated.
    /// </summary>
    /// <exception cref="IOException">A file has changed since the settings were validated.</exception>
    internal IReadOnlyList<ZmtpSecurity> Dialling()
    {
        if (!IsOn)
        {
            return [new ZmtpSecurity.Plaintext()];
        }

        var pair = CurveKeyFile.ReadPair(KeyFiles[0]);
        return [.. ServerKeys.Select(key => new ZmtpSecurity.CurveClient(pair, ServerKeyOf(key)))];
    }

    private static CurvePublicKey ServerKeyOf(string keyOrFile) =>
        CurvePublicKey.TryParse(keyOrFile, out var key) ? key : CurveKeyFile.ReadPinned(keyOrFile);

    private static string? ProblemOf(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }
}
