using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScheduleZero.Hostile;

/// <summary>Sends raw bytes to a server, as no client library would.</summary>
internal static class RawHttp
{
    /// <summary>The status of the first answer; 0 when the connection ended without an answer.</summary>
    /// <param name="request">The request, sent as Latin-1.</param>
    public static async Task<int> StatusAsync(Uri server, string request)
    {
        var answer = await AnswerAsync(server, Encoding.Latin1.GetBytes(request), isWhole: false);
        return answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(answer.AsSpan(9, 3)) : 0;
    }

    /// <summary>The server's answer: everything until the server closes, or only the first part.</summary>
    public static async Task<string> AnswerAsync(Uri server, byte[] request, bool isWhole)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Port, patience.Token);
        var answer = new StringBuilder();
        try
        {
            await socket.SendAsync(request, patience.Token);
            var buffer = new byte[64 * 1024];
            while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var read)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
                if (!isWhole && answer.Length > "HTTP/1.1 200".Length)
                {
                    break;
                }
            }
        }
        catch (SocketException)
        {
            // The server reset the connection, since it did not want to read the rest.
        }

        return answer.ToString();
    }
}
