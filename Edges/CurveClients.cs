using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Edges;

/// <summary>
/// The clients that a CURVE server lets in: those of a file, and those that somebody else knows, such as a store. Safe
/// from any thread.
/// </summary>
/// <param name="file">The file; null for none.</param>
/// <param name="isKnown">Whether the other source knows a key, as text.</param>
/// <param name="version">A number of the other source that moves when a key is known no more.</param>
/// <param name="tellProblem">Told of a file that cannot be read any more.</param>
internal sealed class CurveClients(
    CurveAllowList? file,
    Func<string, bool> isKnown,
    Func<long> version,
    Action<string> tellProblem
)
{
    private long _seenVersion = version();

    /// <summary>The problem of the file that was told last; null while it has none.</summary>
    private string? _toldProblem;

    /// <summary>Whether a client with this key may come in, or stay.</summary>
    public bool Allows(CurvePublicKey key)
    {
        if (file is null)
        {
            return isKnown(key.Text);
        }

        var isListed = file.Allows(key, out var problem);
        Tell(problem);
        return isListed || isKnown(key.Text);
    }

    /// <summary>Whether the file has a key of which something holds; false without a file.</summary>
    public bool IsListed(Func<CurvePublicKey, bool> isIt)
    {
        if (file is null)
        {
            return false;
        }

        var keys = file.Read(out var problem);
        Tell(problem);
        return keys.Any(isIt);
    }

    /// <summary>
    /// Whether keys may have been taken away since the last call, so that connections have to be judged again. For one
    /// caller.
    /// </summary>
    public bool HaveChanged()
    {
        var now = version();
        var isNews = now != _seenVersion;
        _seenVersion = now;
        string? problem = null;
        isNews |= file?.Refresh(out problem) ?? false;
        Tell(problem);
        return isNews;
    }

    private void Tell(string? problem)
    {
        // The file is looked at twice a second and at each connection; a problem is told once while it lasts.
        if (Interlocked.Exchange(ref _toldProblem, problem) != problem && problem is not null)
        {
            tellProblem(problem);
        }
    }
}
