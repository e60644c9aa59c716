using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Audit;

/// <summary>
/// Exports a window of the audit log without gaps, byte for byte as it is stored. Where the clock was set back, the
/// window holds everything that was written between its first and its last event, whatever instants those events have:
/// a gap could not be told from a deletion.
/// </summary>
internal sealed class AuditExport(IAuditReader store, DateTimeOffset? from, DateTimeOffset? to)
{
    private const int BlocksPerRead = 16;

    /// <summary>The lines of the window, each with its line break.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var next = 1L;
        if (from is { } start)
        {
            if (await store.FindAuditAsync(start, cancellationToken) is not { } first)
            {
                yield break;
            }

            next = first.First;
        }

        var hasBegun = false;
        IReadOnlyList<AuditBlock> blocks;
        do
        {
            blocks = await store.ReadAuditAsync(next, BlocksPerRead, cancellationToken);
            foreach (var block in blocks)
            {
                var (lines, isLast) = Cut(block, hasBegun);
                hasBegun = true;
                yield return lines;
                if (isLast)
                {
                    yield break;
                }

                next = Math.Max(block.First, block.Last) + 1;
            }
        } while (blocks.Count == BlocksPerRead);
    }

    private (ReadOnlyMemory<byte> Lines, bool IsLast) Cut(AuditBlock block, bool hasBegun)
    {
        if ((hasBegun || from is null || block.FirstAt >= from) && (to is null || block.LastAt < to))
        {
            return ((byte[])[.. block.Lines, (byte)'\n'], false);
        }

        var kept = new ArrayBufferWriter<byte>(block.Lines.Length + 1);
        foreach (var range in block.Lines.AsSpan().Split((byte)'\n'))
        {
            var line = block.Lines.AsSpan(range);
            var at = AtOf(line);
            if (at >= to)
            {
                return (kept.WrittenMemory, true);
            }

            // Once the window has begun, no line is left out, whatever its instant is.
            if (hasBegun || kept.WrittenCount > 0 || from is null || at >= from)
            {
                kept.Write(line);
                kept.Write("\n"u8);
            }
        }

        return (kept.WrittenMemory, false);
    }

    // The instant of a line; null for a line that cannot be read, which is exported all the same, since whoever
    // verifies must see it.
    private static DateTimeOffset? AtOf(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RestJson.Default.AuditEvent)?.At;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
