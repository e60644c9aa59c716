using System.Text.Json;

namespace ScheduleZero.Contracts.Audit;

/// <summary>
/// Verifies an export of the audit log, line by line, oldest first, in bounded memory. The verifier checks that no
/// event is missing, that each hash follows from the one before, that checkpoints are signed and vouch for this
/// history, and that the history contains the points that the caller has kept. Without such a point nobody can tell
/// that the newest events were cut off.
/// </summary>
public sealed class AuditVerifier
{
    private const int LineBytesMax = 64 * 1024;

    private readonly Dictionary<string, AuditKey> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<long, string> _known = [];
    private readonly bool _isPart;
    private readonly byte[] _hash = new byte[AuditChain.HashBytes];

    // The hashes of the newest events, twice as many as a checkpoint may reach back, so that a checkpoint can be
    // compared with the event that it vouches for.
    private readonly byte[] _hashes = new byte[2 * AuditChain.CheckpointReachMax * AuditChain.HashBytes];
    private byte[] _firstHead = [];
    private byte[] _firstHash = [];
    private AuditFault? _fault;
    private AuditStart _start = AuditStart.Unproven;
    private AuditPoint? _newestCheckpoint;
    private long _first;
    private long _last;
    private int _checkpoints;

    /// <summary>Makes a verifier of one run.</summary>
    /// <param name="keys">The public keys of the Broker, as the Broker gives them out; without any, checkpoints are not
    /// checked.</param>
    /// <param name="known">Points that were saved from earlier verifications, or from the Broker's log.</param>
    /// <param name="isPart">Whether the lines are known to begin later than the Broker's log does, so that a missing
    /// start is no fault.</param>
    /// <exception cref="ArgumentException">A key is not one of the curve P-256 under its own name, or two points of one
    /// event differ.</exception>
    public AuditVerifier(IEnumerable<AuditKey> keys, IEnumerable<AuditPoint> known, bool isPart = false)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(known);
        _isPart = isPart;
        foreach (var key in keys)
        {
            _keys[key.Kid] = CheckpointKeys.IsKey(key)
                ? key
                : throw new ArgumentException(
                    $"'{key.Kid}' is not a public key of the curve P-256 under its own name.",
                    nameof(keys)
                );
        }

        foreach (var point in known)
        {
            if (!_known.TryAdd(point.Sequence, point.Hash) && _known[point.Sequence] != point.Hash)
            {
                throw new ArgumentException(
                    $"Two different hashes were given for event {point.Sequence}.",
                    nameof(known)
                );
            }
        }
    }

    /// <summary>Reads an export to its end, or to its first fault. The stream is left open.</summary>
    public async Task<AuditVerdict> VerifyAsync(Stream export, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(export);
        var buffer = new byte[2 * LineBytesMax];
        var held = 0;
        for (
            int read;
            _fault is null && (read = await export.ReadAsync(buffer.AsMemory(held), cancellationToken)) > 0;

        )
        {
            held = AddLines(buffer, held + read);
        }

        if (held > 0 && _fault is null)
        {
            Fail(AuditFaultKind.Malformed, _last + 1, "The export ends in the middle of a line.");
        }

        return Finish();
    }

    /// <summary>
    /// Checks the next line, given without its line break. Returns false from the first fault on: there is no use in
    /// going on.
    /// </summary>
    public bool Add(ReadOnlySpan<byte> line)
    {
        if (_fault is not null)
        {
            return false;
        }

        Span<byte> said = stackalloc byte[AuditChain.HashBytes];
        if (!AuditChain.TrySplit(line, out var head, said) || Read(line) is not { Sequence: > 0 } happened)
        {
            return Fail(AuditFaultKind.Malformed, _last + 1, "The line is not an event of the log.");
        }

        if (!IsNext(happened.Sequence))
        {
            return false;
        }

        if (_last == 0)
        {
            Begin(happened.Sequence, head, said);
        }
        else
        {
            AuditChain.Hash(_hash, head, _hash);
        }

        if (!said.SequenceEqual(_hash))
        {
            return Fail(
                AuditFaultKind.HashMismatch,
                happened.Sequence,
                "The event, or what comes before it, is not what was written."
            );
        }

        _last = happened.Sequence;
        said.CopyTo(Remembered(_last));
        return IsKnownHere(happened) && Heed(happened);
    }

    /// <summary>Ends the verification, after the last line, and returns its outcome.</summary>
    public AuditVerdict Finish()
    {
        if (
            _fault is null
            && _known.Keys.Where(sequence => sequence > _last).DefaultIfEmpty().Max() is > 0 and var beyond
        )
        {
            Fail(
                AuditFaultKind.Truncated,
                beyond,
                $"The log has been as far as event {beyond}; here it ends with {_last}."
            );
        }

        if (_fault is null && _first > 1 && _start == AuditStart.Unproven && !_isPart)
        {
            Fail(
                AuditFaultKind.MissingStart,
                1,
                $"The log begins with event {_first}, and no event says that those before were forgotten."
            );
        }

        return new AuditVerdict
        {
            Fault = _fault,
            Count = _last == 0 ? 0 : _last - _first + 1,
            First = _first,
            Last = _last,
            Checkpoints = _checkpoints,
            Start = _start,
            NewestCheckpoint = _newestCheckpoint,
            End = _last == 0 ? null : new AuditPoint(_last, Convert.ToHexStringLower(_hash)),
        };
    }

    // Checks the whole lines in the buffer. Returns how many bytes of the last line, which is not whole yet, now stand
    // at the front of the buffer.
    private int AddLines(byte[] buffer, int length)
    {
        var start = 0;
        for (int end; (end = buffer.AsSpan(start, length - start).IndexOf((byte)'\n')) >= 0; start += end + 1)
        {
            if (!Add(buffer.AsSpan(start, end)))
            {
                return 0;
            }
        }

        var rest = length - start;
        if (rest > LineBytesMax)
        {
            Fail(AuditFaultKind.Malformed, _last + 1, "The line is longer than an event can be.");
            return 0;
        }

        buffer.AsSpan(start, rest).CopyTo(buffer);
        return rest;
    }

    private static AuditEvent? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AuditJson.Default.AuditEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private bool IsNext(long sequence)
    {
        if (_last == 0 || sequence == _last + 1)
        {
            return true;
        }

        return sequence > _last
            ? Fail(AuditFaultKind.Gap, _last + 1, $"Event {sequence} follows on {_last}.")
            : Fail(AuditFaultKind.Reordered, sequence, $"Event {sequence} follows on {_last}.");
    }

    private void Begin(long sequence, ReadOnlySpan<byte> head, ReadOnlySpan<byte> said)
    {
        _first = sequence;
        _firstHead = head.ToArray();
        _firstHash = said.ToArray();
        if (sequence == 1)
        {
            _start = AuditStart.Beginning;
            AuditChain.Hash(_hash, head, _hash);
        }
        else if (_known.TryGetValue(sequence - 1, out var before))
        {
            _start = AuditStart.Checkpoint;
            AuditChain.Hash(Convert.FromHexString(before), head, _hash);
        }
        else
        {
            // The event is believed for now: a checkpoint will confirm its hash, and the event that tells of the
            // pruning will confirm what was hashed.
            said.CopyTo(_hash);
        }
    }

    private bool IsKnownHere(AuditEvent happened) =>
        !_known.TryGetValue(happened.Sequence, out var hash)
        || hash == happened.Hash
        || Fail(AuditFaultKind.OtherHistory, happened.Sequence, "The event was another one when the point was kept.");

    private bool Heed(AuditEvent happened) =>
        happened switch
        {
            { Action: AuditChain.CheckpointAction } => HeedCheckpoint(happened),
            { Action: AuditChain.PruneAction } => HeedPruning(happened),
            _ => true,
        };

    private bool HeedCheckpoint(AuditEvent happened)
    {
        if (PointOf(happened) is not { } through)
        {
            return Fail(
                AuditFaultKind.BadSignature,
                happened.Sequence,
                "The checkpoint does not say what it vouches for."
            );
        }

        if (
            through.Sequence >= _first
            && !Remembered(through.Sequence).SequenceEqual(Convert.FromHexString(through.Hash))
        )
        {
            return Fail(
                AuditFaultKind.BadSignature,
                happened.Sequence,
                $"The checkpoint vouches for another event {through.Sequence}."
            );
        }

        if (_keys.Count == 0)
        {
            return true;
        }

        if (!IsSigned(happened, through))
        {
            return false;
        }

        _checkpoints++;
        _newestCheckpoint = through;
        return through.Sequence != _first - 1 || Anchor(AuditStart.Checkpoint, through.Hash);
    }

    /// <summary>
    /// The event that a checkpoint vouches for, by its number and hash; null when the checkpoint does not name one that
    /// is near enough before itself.
    /// </summary>
    private static AuditPoint? PointOf(AuditEvent checkpoint) =>
        checkpoint.Detail is { Through: { } sequence, ThroughHash: { } hash, KeyId: not null, Signature: not null }
        && AuditPoint.IsHash(hash)
        && sequence >= 1
        && sequence < checkpoint.Sequence
        && checkpoint.Sequence - sequence <= AuditChain.CheckpointReachMax
            ? new AuditPoint(sequence, hash)
            : null;

    /// <summary>Checks that a checkpoint is signed by one of the given keys, and fails when it is not.</summary>
    private bool IsSigned(AuditEvent checkpoint, AuditPoint through)
    {
        var (keyId, signature) = (checkpoint.Detail!.KeyId!, checkpoint.Detail.Signature!);
        if (
            _keys.TryGetValue(keyId, out var key)
            && CheckpointKeys.HasSigned(key, AuditChain.SignedText(through), signature)
        )
        {
            return true;
        }

        return Fail(
            AuditFaultKind.BadSignature,
            checkpoint.Sequence,
            key is null
                ? $"The checkpoint's key {keyId} is none of those given."
                : "The checkpoint's signature is not valid."
        );
    }

    private bool HeedPruning(AuditEvent happened)
    {
        if (
            happened.Detail is not { Before: { } before, PreviousHash: { } previous }
            || !AuditPoint.IsHash(previous)
            || before > happened.Sequence
        )
        {
            return Fail(AuditFaultKind.Malformed, happened.Sequence, "The event does not say what was forgotten.");
        }

        return before != _first || Anchor(AuditStart.Pruned, previous);
    }

    // Called when the hash of the event before the first has become known: the first event can now be compared with its
    // own hash.
    private bool Anchor(AuditStart start, string previous)
    {
        Span<byte> hash = stackalloc byte[AuditChain.HashBytes];
        AuditChain.Hash(Convert.FromHexString(previous), _firstHead, hash);
        _start = _start == AuditStart.Beginning ? _start : start;
        return hash.SequenceEqual(_firstHash)
            || Fail(AuditFaultKind.HashMismatch, _first, "The first event is not what was written.");
    }

    private Span<byte> Remembered(long sequence) =>
        _hashes.AsSpan(
            (int)(sequence % (2 * AuditChain.CheckpointReachMax)) * AuditChain.HashBytes,
            AuditChain.HashBytes
        );

    private bool Fail(AuditFaultKind kind, long sequence, string detail)
    {
        _fault ??= new AuditFault(kind, sequence, detail);
        return false;
    }
}
