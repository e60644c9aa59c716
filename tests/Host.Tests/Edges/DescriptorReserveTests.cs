using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Edges;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Host.Tests.Edges;

/// <summary>What a listener of HTTP does with connections that take a file descriptor of the reserve.</summary>
internal sealed class DescriptorReserveTests
{
    [Test]
    public async Task A_connection_of_the_reserve_is_cut_by_the_loop_that_accepts()
    {
        var descriptors = new FileDescriptors(int.MaxValue);
        if (descriptors.Max is null)
        {
            Assert.Ignore("This system does not tell how many file descriptors a process may have.");
        }

        var begun = 0;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddEdge(
            new EdgeOptions([], [], ConnectionsPerAddress: 10, TimeSpan.FromHours(1)),
            kestrel =>
                kestrel.ConfigureEndpointDefaults(endpoint =>
                    endpoint.Use(next =>
                        connection =>
                        {
                            Interlocked.Increment(ref begun);
                            return next(connection);
                        }
                    )
                )
        );
        builder.Services.AddSingleton(descriptors);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        await app.StartAsync();
        var address = new Uri(app.Urls.Single());
        for (var i = 0; i < 3; i++)
        {
            Assert.That(await IsCutAsync(address.Port), Is.True);
        }

        Assert.That(begun, Is.Zero, "No step of the connection may run: it would run beside the loop.");
    }

    private static async Task<bool> IsCutAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return await socket.ReceiveAsync(new byte[1]) == 0;
        }
        catch (SocketException)
        {
            return true; // The connection was reset.
        }
    }
}
