using System.Buffers;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Core.Audit;

/// <summary>
/// Turns notes into events: gives each its place and its hash, and gathers those of a batch into blocks that are
/// committed with what they tell of.
/// </summary>
internal sealed class AuditLog
{
    /// <summary>Refused Hellos that get an event of their own, a minute.</summary>
    public const int RefusedHellosPerMinute = 60;

    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly ArrayBufferWriter<byte> _lines = new(4096);

    /// <summary>
    /// Requests refused since the disk is nearly full that get an event of their own, a minute: what tells of a full
    /// disk must not fill it.
    /// </summary>
    public const int RefusedForDiskPerMinute = 60;

    private readonly RefusalBudget _refusedHellos = new(RefusedHellosPerMinute);
    private readonly RefusalBudget _refusedForDisk = new(RefusedForDiskPerMinute);
    private readonly byte[] _hash = new byte[AuditChain.HashBytes];
    private long _sequence;
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

    /// <param name="answer">What the input that is noted was answered; null for one that is not.</param>
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

    /// <summary>Of refused Hellos: anybody may cause them, so they have a bound.</summary>
    public void AppendRefusal(AuditNote note, Decision decision)
    {
        if (_refusedHellos.TryTake(decision.Now.Steady))
        {
            Append(note, null, decision);
        }
    }

    /// <summary>Notes a request that is refused since the disk is nearly full.</summary>
    public void AppendRefusalForDisk(AuditNote note, Answer answer, Decision decision)
    {
        if (_refusedForDisk.TryTake(decision.Now.Steady))
        {
            Append(note, answer, decision);
        }
    }

    /// <summary>Gives the batch its last block.</summary>
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

    // A search by time counts on a block's events lying close together, which a clock that is set would break.
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
