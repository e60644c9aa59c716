using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.HandlerAgent.Connection.ZeroMq;

/// <summary>
/// Reads the keys of CURVE anew for every connection, so that they can be replaced while the agent runs.
/// </summary>
internal sealed class CurveKeys(HandlerAgentOptions options)
{
    /// <summary>The most keys of servers that are tried one after the other.</summary>
    private const int ServerKeysMax = 8;

    // A copy: nothing that happens to the options later turns CURVE off.
    private readonly string[] _serverKeys = [.. options.CurveServerKeys];

    /// <summary>The key pair of an agent without a key file; good for this process.</summary>
    private readonly Lazy<CurveKeyPair> _madeHere = new(CurveKeyPair.Generate);

    /// <summary>Whether every connection over ZeroMQ is encrypted.</summary>
    public bool IsOn => _serverKeys.Length > 0;

    /// <summary>Whether the agent's own key is in a file, so that a server can know it.</summary>
    public bool HasFile => options.CurveKeyFile is not null;

    /// <summary>How to secure a connection: one way for each key that the server may have.</summary>
    /// <exception cref="CarrierException">A file with a key cannot be read any more.</exception>
    public IReadOnlyList<ZmtpSecurity> Read()
    {
        if (!IsOn)
        {
            return [new ZmtpSecurity.Plaintext()];
        }

        try
        {
            var own = options.CurveKeyFile is { } file ? CurveKeyFile.ReadPair(file) : _madeHere.Value;
            return [.. _serverKeys.Select(key => new ZmtpSecurity.CurveClient(own, ServerKeyOf(key)))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CarrierException(e.Message);
        }
    }

    /// <summary>What is wrong with the keys that the options name; empty when nothing is.</summary>
    public static IEnumerable<string> ProblemsOf(HandlerAgentOptions options)
    {
        if (options.CurveKeyFile is { } file)
        {
            if (options.CurveServerKeys.Count == 0)
            {
                yield return "CurveServerKeys: beside CurveKeyFile the server's public key is needed, without which "
                    + "the agent would talk to anybody.";
            }

            if (ProblemOf(() => CurveKeyFile.ReadPair(file)) is { } problem)
            {
                yield return $"CurveKeyFile: {problem}";
            }
        }

        if (options.CurveServerKeys.Count > ServerKeysMax)
        {
            yield return $"CurveServerKeys: {ServerKeysMax} at most are expected, not {options.CurveServerKeys.Count}.";
        }

        foreach (
            var problem in options.CurveServerKeys.Select(key => ProblemOf(() => ServerKeyOf(key))).OfType<string>()
        )
        {
            yield return $"CurveServerKeys: {problem}";
        }
    }

    private static CurvePublicKey ServerKeyOf(string keyOrFile)
    {
        if (CurvePublicKey.TryParse(keyOrFile, out var key))
        {
            return key;
        }

        return File.Exists(keyOrFile)
            ? CurveKeyFile.ReadPinned(keyOrFile)
            : throw new FileNotFoundException(
                $"\"{keyOrFile}\" is neither a public CURVE key (40 characters) nor a file."
            );
    }

    private static string? ProblemOf(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
