using System.Buffers;
using System.Buffers.Binary;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScheduleZero.Acme.Challenges;

namespace ScheduleZero.Edges.Tls;

/// <summary>
/// Tells the handshakes by which a CA checks a name (TLS-ALPN-01) from those of clients, before TLS reads them. At most
/// one record of TLS is looked at, and it stays unread.
/// </summary>
/// <param name="timeout">The longest time from the connection's first byte to the end of its first record.</param>
internal sealed class AcmeHandshakePeek(TimeSpan timeout, TimeProvider time)
{
    private const byte HandshakeRecord = 22;
    private const int HeaderBytes = 5;

    /// <summary>The longest record that is not encrypted (RFC 8446, 5.1).</summary>
    private const int RecordBytesMax = 16 * 1024;

    /// <summary>
    /// Adds the step before TLS that marks the CA's connections, and the step after TLS that ends them.
    /// </summary>
    /// <param name="encrypt">Adds TLS.</param>
    public void AddAround(ListenOptions endpoint, Action<ListenOptions> encrypt)
    {
        endpoint.Use(Mark);
        encrypt(endpoint);
        // The CA has seen the certificate of its handshake, and nothing else is said to it (RFC 8737, 3).
        endpoint.Use(static next => connection => IsMarked(connection) ? Task.CompletedTask : next(connection));
    }

    /// <summary>Whether a connection is the CA's, by what it offers; nobody has proved anything.</summary>
    public static bool IsMarked(ConnectionContext connection) => connection.Features.Get<OfAuthority>() is not null;

    /// <summary>The step before TLS.</summary>
    internal ConnectionDelegate Mark(ConnectionDelegate next) =>
        async connection =>
        {
            if (await IsAcmeAsync(connection) is not { } isAcme)
            {
                return;
            }

            if (isAcme)
            {
                connection.Features.Set(OfAuthority.Instance);
            }

            await next(connection);
        };

    /// <summary>
    /// Waits for the first record. What is no whole handshake is left to TLS, which refuses it.
    /// </summary>
    /// <returns>Whether the record is a handshake of a CA; null when the connection has ended.</returns>
    private async ValueTask<bool?> IsAcmeAsync(ConnectionContext connection)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(deadline.Token);
                var found = Find(read.Buffer, out var record);
                if (found == Found.More && !read.IsCompleted)
                {
                    input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                var isAcme = found == Found.Record && AcmeHandshake.IsIn(Whole(record));
                input.AdvanceTo(read.Buffer.Start);
                return isAcme;
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            connection.Abort(new ConnectionAbortedException("Its handshake took too long."));
            return null;
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException)
        {
            return null; // The peer closed the connection within its first record.
        }
    }

    /// <summary>Looks for the first record of a handshake, with its header.</summary>
    private static Found Find(ReadOnlySequence<byte> bytes, out ReadOnlySequence<byte> record)
    {
        record = default;
        Span<byte> header = stackalloc byte[HeaderBytes];
        var have = (int)Math.Min(bytes.Length, HeaderBytes);
        bytes.Slice(0, have).CopyTo(header);
        if (have > 0 && header[0] != HandshakeRecord)
        {
            return Found.Nothing;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
        if (have == HeaderBytes && length > RecordBytesMax)
        {
            return Found.Nothing;
        }

        if (have < HeaderBytes || bytes.Length < HeaderBytes + length)
        {
            return Found.More;
        }

        record = bytes.Slice(0, HeaderBytes + length);
        return Found.Record;
    }

    private static ReadOnlySpan<byte> Whole(ReadOnlySequence<byte> record) =>
        record.IsSingleSegment ? record.FirstSpan : record.ToArray();

    private enum Found
    {
        /// <summary>Bytes that begin no handshake.</summary>
        Nothing,

        /// <summary>The beginning of a handshake's record.</summary>
        More,

        Record,
    }

    private sealed class OfAuthority
    {
        public static OfAuthority Instance { get; } = new();
    }
}
