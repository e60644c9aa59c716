using System.Net;
using System.Net.Sockets;

namespace ScheduleZero.Zmtp.Tests.Fuzz;

internal enum Meddling
{
    /// <summary>Some bytes have other values.</summary>
    Alter,

    /// <summary>Some bytes are missing.</summary>
    Drop,

    /// <summary>Some bytes come twice.</summary>
    Repeat,

    /// <summary>Bytes that nobody sent come in between.</summary>
    Insert,

    /// <summary>The connection is cut.</summary>
    Cut,

    /// <summary>Nothing that the client says is true from here on.</summary>
    Replace,
}

/// <summary>What is done to the bytes that a client sends.</summary>
/// <param name="At">The number of bytes that pass unchanged.</param>
/// <param name="Bytes">The bytes that are inserted, or change others; as many are dropped or repeated.</param>
internal sealed record Meddle(Meddling Kind, int At, byte[] Bytes);

/// <summary>Carries one connection to a server, and meddles once with what its client sends.</summary>
internal sealed class MeddlingRelay(Socket client, Socket server, Meddle meddle)
{
    private const int BufferBytes = 8 * 1024;

    /// <summary>Makes the connection of a client whose other end is the relay.</summary>
    /// <returns>The client's end, and a task that ends with the connection.</returns>
    public static async Task<(Socket Client, Task Ended)> ConnectAsync(IPEndPoint address, Meddle meddle)
    {
        var (near, client) = await Sides.ConnectAsync();
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync(address);
        return (client, new MeddlingRelay(near, server, meddle).RunAsync());
    }

    private async Task RunAsync()
    {
        using (client)
        using (server)
        {
            var both = new[] { MeddleAsync(), PassAsync(server, client) };
            await Task.WhenAny(both);
            client.Close();
            server.Close();
            await Task.WhenAll(both);
        }
    }

    private async Task MeddleAsync()
    {
        var buffer = new byte[BufferBytes];
        var passed = 0;
        try
        {
            for (int read; (read = await client.ReceiveAsync(buffer)) > 0; passed += read)
            {
                var bytes = buffer[..read];
                var place = meddle.At - passed;
                if (place >= 0 && place < read)
                {
                    bytes = [.. bytes[..place], .. Change(bytes[place..])];
                }

                await server.SendAsync(bytes);
                if (meddle.Kind == Meddling.Cut && place < read)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other direction has ended.
        }
    }

    private byte[] Change(byte[] rest)
    {
        var (junk, count) = (meddle.Bytes, Math.Min(meddle.Bytes.Length, rest.Length));
        return meddle.Kind switch
        {
            Meddling.Alter =>
            [
                .. junk[..count].Zip(rest, (change, was) => (byte)(was ^ (change | 1))),
                .. rest[count..],
            ],
            Meddling.Drop => rest[count..],
            Meddling.Repeat => [.. rest[..count], .. rest],
            Meddling.Insert => [.. junk, .. rest],
            Meddling.Cut => [],
            _ => junk,
        };
    }

    private static async Task PassAsync(Socket from, Socket to)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            for (int read; (read = await from.ReceiveAsync(buffer)) > 0; )
            {
                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other direction has ended.
        }
    }
}
