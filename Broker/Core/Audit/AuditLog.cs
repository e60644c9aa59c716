using System.Buffers;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Core.Audit;

/// <summary>
/// Makes events of notes: gives each event its sequence number and its hash, and gathers the events of a turn into
/// blocks, which are committed together with the changes that the events are about.
/// </summary>
internal sealed class AuditLog
{
    /// <summary>How many refused Hellos get an event of their own in a minute.</summary>
    public const int RefusedHellosPerMinute = 60;

    /// <summary>
    /// How many requests that are refused because the disk is nearly full get an event of their own in a minute. Events
    /// about a full disk must not fill it.
    /// </summary>
    public const int RefusedForDiskPerMinute = 60;

    /// <summary>The event that is being written.</summary>
    private readonly ArrayBufferWriter<byte> _line = new(1024);

    /// <summary>The events of the block that is being gathered.</summary>
    private readonly ArrayBufferWriter<byte> _lines = new(4096);

    private readonly RefusalBudget _refusedHellos = new(RefusedHellosPerMinute);
    private readonly RefusalBudget _refusedForDisk = new(RefusedForDiskPerMinute);

    /// <summary>The hash of the newest event.</summary>
    private readonly byte[] _hash = new byte[AuditChain.HashBytes];
    private long _sequence;

    /// <summary>The number of events in the block that is being gathered.</summary>
    private int _count;
    private DateTimeOffset _firstAt;
    private DateTimeOffset _lastAt;

    /// <summary>The number of the newest event; 0 before the first.</summary>
    public long Sequence => _sequence;

    public AuditTail Tail => new(_sequence, [.. _hash]);

    public void Restore(AuditTail tail)
    {
        _sequence = tail.Sequence;
        tail.Hash.CopyTo(_hash, 0);
    }

    /// <summary>Appends an event.</summary>
    /// <param name="answer">
    /// The answer to the request that the note is about; null for a note about another input.
    /// </param>
    public void Append(AuditNote note, Answer? answer, Decision decision)
    {
        var (of, outcome, reason) = answer switch
        {
            Answer.Refused refused => (note.Object, AuditOutcomes.Failed, refused.Code),
            Answer.Enqueued { Jobs: [{ IsNew: false } known] } => ($"job:{known.Id}", note.Outcome, "deduplicated"),
            _ => (note.Object, note.Outcome, note.Reason),
        };
        _line.ResetWrittenCount();
        AuditLine.Write(_line, _sequence + 1, decision.Now.Wall, note, of, outcome, reason);
        MakeRoom(decision);
        var head = _line.WrittenSpan[..^1];
        AuditChain.Hash(_hash, head, _hash);
        if (_count == 0)
        {
            _firstAt = decision.Now.Wall;
        }
        else
        {
            _lines.Write("\n"u8);
        }

        AuditChain.Write(head, _hash, _lines);
        _lastAt = decision.Now.Wall;
        _sequence++;
        _count++;
    }

    /// <summary>
    /// Appends an event about a refused Hello, while the limit for a minute is not reached. Anybody may cause such
    /// refusals.
    /// </summary>
    public void AppendRefusal(AuditNote note, Decision decision)
    {
        if (_refusedHellos.TryTake(decision.Now.Steady))
        {
            Append(note, null, decision);
        }
    }

    /// <summary>
    /// Appends an event about a request that was refused because the disk is nearly full, while the limit for a minute
    /// is not reached.
    /// </summary>
    public void AppendRefusalForDisk(AuditNote note, Answer answer, Decision decision)
    {
        if (_refusedForDisk.TryTake(decision.Now.Steady))
        {
            Append(note, answer, decision);
        }
    }

    /// <summary>Ends the last block of the turn, after the events about refusals that had none of their own.</summary>
    public void Close(Decision decision)
    {
        if (_refusedHellos.TakeMissed(decision.Now.Steady) is > 0 and var missed)
        {
            var reason = $"{missed} more refused Hellos";
            Append(
                new AuditNote
                {
                    Actor = AuditNote.Anonymous,
                    Action = "sessions:open",
                    Outcome = AuditOutcomes.Denied,
                    Reason = reason,
                },
                null,
                decision
            );
        }

        if (_refusedForDisk.TakeMissed(decision.Now.Steady) is > 0 and var refused)
        {
            var reason = $"{refused} more requests refused since the disk is nearly full";
            Append(
                new AuditNote
                {
                    Actor = AuditNote.System,
                    Action = "requests:make",
                    Outcome = AuditOutcomes.Failed,
                    Reason = reason,
                },
                null,
                decision
            );
        }

        if (_count > 0)
        {
            Cut(decision);
            decision.Effects.Add(new Effect.AuditKept(Tail));
        }
    }

    // Ends the block when it is full, or when the next event is too far away in time. A search by time relies on the
    // events of a block lying close together, which they would not when the clock is set.
    private void MakeRoom(Decision decision)
    {
        if (
            _count > 0
            && (
                _count == AuditBlock.CountMax
                || _lines.WrittenCount + _line.WrittenCount > AuditBlock.BytesMax - 128
                || decision.Now.Wall < _lastAt
                || decision.Now.Wall - _firstAt > AuditBlock.SpanMax
            )
        )
        {
            Cut(decision);
        }
    }

    private void Cut(Decision decision)
    {
        decision.Changes.Add(
            new Change.AuditAppended(
                new AuditBlock(
                    _sequence - _count + 1,
                    _count,
                    _firstAt,
                    _lastAt,
                    [.. _hash],
                    _lines.WrittenSpan.ToArray()
                )
            )
        );
        _lines.ResetWrittenCount();
        _count = 0;
    }
}
