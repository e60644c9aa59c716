using System.Collections.Frozen;

namespace ScheduleZero.Zmtp.Curve;

/// <summary>
/// The client keys that a CURVE server lets in, from a file: a line for each, the key in 40 characters of Z85, then
/// whatever the owner wants to note. Lines that begin with <c>#</c> followed by a space are comments. A file that
/// changes is read again before the next connection. While it cannot be read, holds a line that is no key, or may be
/// written by others, the keys that were read last hold. When it is gone for longer than an editor takes to replace a
/// file, it lets nobody in. Safe from any thread.
/// </summary>
internal sealed class CurveAllowList
{
    /// <summary>How long the keys that were read last hold without a file: some editors delete it and write another.
    /// </summary>
    public static readonly TimeSpan MissingMax = TimeSpan.FromSeconds(10);

    /// <summary>A list of 10,000 keys with notes is far shorter.</summary>
    private const int BytesMax = 4 * 1024 * 1024;

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private FrozenSet<CurvePublicKey> _keys;
    private (DateTime Written, long Bytes) _version;

    /// <summary>Since when the file is gone, as a timestamp of the clock; null while it is there.</summary>
    private long? _missingSince;

    /// <summary>The keys as <see cref="Refresh"/> left them. Guarded by the gate.</summary>
    private FrozenSet<CurvePublicKey> _refreshed;

    /// <exception cref="IOException">
    /// The file cannot be read, others may write it, or a line of it is no key.
    /// </exception>
    public CurveAllowList(string path, TimeProvider time)
    {
        (_path, _time) = (path, time);
        _version = VersionOf(path);
        _keys = _refreshed = Read(path);
    }

    /// <summary>Whether a client with this key may come in.</summary>
    /// <param name="problem">What is wrong with the file now; null when nothing is.</param>
    public bool Allows(CurvePublicKey key, out string? problem)
    {
        lock (_gate)
        {
            Reread(out problem);
            return _keys.Contains(key);
        }
    }

    /// <summary>The keys of the file, or those that were read last while the file has a problem.</summary>
    /// <param name="problem">What is wrong with the file now; null when nothing is.</param>
    public IReadOnlySet<CurvePublicKey> Read(out string? problem)
    {
        lock (_gate)
        {
            Reread(out problem);
            return _keys;
        }
    }

    /// <summary>Reads the file again if it has changed since the last call.</summary>
    /// <param name="problem">What is wrong with the file now; null when nothing is.</param>
    /// <returns>Whether other keys were read since the last call of this method.</returns>
    public bool Refresh(out string? problem)
    {
        lock (_gate)
        {
            Reread(out problem);
            var isNews = _keys != _refreshed;
            _refreshed = _keys;
            return isNews;
        }
    }

    private void Reread(out string? problem)
    {
        problem = null;
        try
        {
            var version = VersionOf(_path);
            _missingSince = null;
            if (version != _version)
            {
                _keys = Read(_path);
                _version = version;
            }
        }
        catch (FileNotFoundException e)
        {
            problem = $"{e.Message} {LoseFile()}";
        }
        catch (IOException e)
        {
            problem = $"{e.Message} The keys that were read last hold.";
        }
    }

    private string LoseFile()
    {
        _missingSince ??= _time.GetTimestamp();
        if (_time.GetElapsedTime(_missingSince.Value) < MissingMax)
        {
            return $"The keys that were read last hold for {MissingMax.TotalSeconds:0} s.";
        }

        (_keys, _version) = (FrozenSet<CurvePublicKey>.Empty, default);
        return "Nobody is let in by it until it is there again.";
    }

    private static (DateTime, long) VersionOf(string path)
    {
        var file = new FileInfo(TrustFile.TargetOf(path));
        if (!file.Exists)
        {
            throw new FileNotFoundException($"There is no {path}.");
        }

        TrustFile.RequireOwnerWritesAlone(path);
        return file.Length <= BytesMax
            ? (file.LastWriteTimeUtc, file.Length)
            : throw new IOException($"{path} is longer than {BytesMax} bytes.");
    }

    private static FrozenSet<CurvePublicKey> Read(string path)
    {
        var keys = new HashSet<CurvePublicKey>();
        var number = 0;
        foreach (var line in ReadLines(path))
        {
            number++;
            // '#' is a character of Z85, so only '#' with a space begins a comment.
            if (line.Length == 0 || line.StartsWith("# ", StringComparison.Ordinal))
            {
                continue;
            }

            var word = line.Split([' ', '\t'], 2)[0];
            keys.Add(
                CurvePublicKey.TryParse(word, out var key)
                    ? key
                    : throw new IOException($"Line {number} of {path} does not begin with a CURVE key (40 characters).")
            );
        }

        return keys.ToFrozenSet();
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return [.. File.ReadAllLines(path).Select(line => line.Trim())];
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path} cannot be read: {e.Message}", e);
        }
    }
}
