using System.Buffers.Binary;
using LiteDB;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Searching;

/// <summary>
/// One search of the audit log, in steps between which commits may pass. The cursor is a block's place in time and a
/// line of it.
/// </summary>
internal sealed class AuditSearching
{
    private const int BlocksPerStep = 8;
    private const int CursorBytes = 16 + 8;

    private readonly AuditSearch _search;
    private readonly ILogger _logger;
    private readonly List<AuditEvent> _found = [];
    private readonly BsonValue _low;
    private BsonValue _high;

    // The sequence below which events of the block at the high end are still to be read.
    private long _before = long.MaxValue;
    private int _rowsLeft;

    /// <summary>Begins a search.</summary>
    /// <exception cref="FormatException">The cursor was not made here.</exception>
    public AuditSearching(AuditSearch search, int rowsMax, ILogger logger)
    {
        (_search, _rowsLeft, _logger) = (search, rowsMax, logger);
        _low = AuditRows.TimeKey(search.From ?? DateTimeOffset.MinValue, 0);
        // The bound lies behind the instant, since a block that ends after the instant may have begun before it.
        _high = AuditRows.TimeKey(
            search.To is { } to && to < DateTimeOffset.MaxValue - AuditBlock.SpanMax
                ? to + AuditBlock.SpanMax
                : DateTimeOffset.MaxValue,
            long.MaxValue
        );
        if (search.Cursor is not null)
        {
            var cursor = Cursors.Read(search.Cursor, CursorBytes);
            _high = cursor[..16];
            _before = BinaryPrimitives.ReadInt64BigEndian(cursor.AsSpan(16));
        }
    }

    public Page<AuditEvent> Result { get; private set; } = new([]);

    /// <summary>Reads the next blocks. True when the search is over and <see cref="Result"/> holds its page.</summary>
    public bool Step(Documents documents)
    {
        var rows = documents.Scan(AuditRows.Name, AuditRows.TimeField, _low, _high, descending: true, BlocksPerStep);
        foreach (var row in rows)
        {
            if (AddEventsOf(AuditRows.BlockOf(row)))
            {
                return true;
            }

            if (RowKeys.Before(row[AuditRows.TimeField].AsBinary) is not { } next)
            {
                break;
            }

            (_high, _before) = (next, long.MaxValue);
        }

        Result = new Page<AuditEvent>(_found);
        return rows.Count < BlocksPerStep;
    }

    // Adds the events of a block that fit. True when the page ends within the block.
    private bool AddEventsOf(AuditBlock block)
    {
        var lines = Split(block.Lines);
        for (var i = lines.Count - 1; i >= 0; i--)
        {
            var sequence = block.First + i;
            if (sequence >= _before)
            {
                continue;
            }

            if (_found.Count == _search.Limit || _rowsLeft == 0)
            {
                byte[] cursor = [.. AuditRows.TimeKey(block.LastAt, block.First), .. new byte[8]];
                BinaryPrimitives.WriteInt64BigEndian(cursor.AsSpan(16), sequence + 1);
                Result = new Page<AuditEvent>(_found, Cursors.Write(cursor));
                return true;
            }

            _rowsLeft--;
            if (Read(block.Lines.AsSpan(lines[i]), block.First) is { } happened && Fits(happened))
            {
                _found.Add(happened);
            }
        }

        return false;
    }

    private static List<Range> Split(byte[] lines)
    {
        var ranges = new List<Range>();
        foreach (var range in lines.AsSpan().Split((byte)'\n'))
        {
            ranges.Add(range);
        }

        return ranges;
    }

    private AuditEvent? Read(ReadOnlySpan<byte> line, long block)
    {
        try
        {
            return System.Text.Json.JsonSerializer.Deserialize(line, RestJson.Default.AuditEvent);
        }
        catch (System.Text.Json.JsonException e)
        {
            // Somebody changed the file. A list goes on without the line; a verification of the log will find it.
            _logger.AuditLineUnreadable(e, block);
            return null;
        }
    }

    private bool Fits(AuditEvent happened) =>
        Is(_search.Namespace, happened.Namespace)
        && Is(_search.Actor, happened.Actor)
        && Is(_search.Action, happened.Action)
        && Is(_search.Outcome, happened.Outcome)
        && Is(_search.Object, happened.Object)
        && (_search.From is not { } from || happened.At >= from)
        && (_search.To is not { } to || happened.At < to)
        && (_search.Text is null || Holds(happened, _search.Text));

    private static bool Is(string? wanted, string? value) => wanted is null || wanted == value;

    private static bool Holds(AuditEvent happened, string text)
    {
        foreach (
            var value in (ReadOnlySpan<string?>)
                [
                    happened.Actor,
                    happened.Action,
                    happened.Object,
                    happened.Reason,
                    happened.Address,
                    happened.Session,
                    happened.RequestId,
                ]
        )
        {
            if (value?.Contains(text, StringComparison.OrdinalIgnoreCase) == true)
            {
                return true;
            }
        }

        return false;
    }
}
