using System.Net;
using System.Net.Sockets;
using ScheduleZero.Client;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>A Broker with few file descriptors, and strangers who take all of them.</summary>
public sealed class DescriptorTests : StageTest
{
    private const int DescriptorsMax = 600;

    [TestCase(1_000, 0)]
    [TestCase(0, 1_000)]
    [TestCase(600, 600)]
    public async Task A_broker_without_descriptors_lives_on_and_serves_when_they_are_free_again(
        int toRouter,
        int toRest
    )
    {
        var broker = await StartBrokerAsync();
        var router = new Uri(Stage.Router);
        var held = new List<Socket>();
        try
        {
            held.AddRange(await ConnectAsync(router.Port, toRouter));
            held.AddRange(await ConnectAsync(Stage.Rest.Port, toRest));
            Assert.That(broker.HasExited, Is.False, Stage.Describe);
        }
        finally
        {
            held.ForEach(socket => socket.Dispose());
        }

        await UntilAsync(IsReadyAsync);
        Assert.That(broker.HasExited, Is.False, Stage.Describe);
        await UntilAsync(() => IsGreetedAsync(router.Port));
    }

    [TestCase(0, 1_000)]
    [TestCase(1_000, 1_000)]
    public async Task The_first_connections_of_a_broker_come_all_at_once(int toRouter, int toRest)
    {
        var broker = await StartBrokerAsync();
        var asleep = broker.SuspendAsync(TimeSpan.FromSeconds(2));
        var held = await ConnectAsync(new Uri(Stage.Router).Port, toRouter);
        held.AddRange(await ConnectAsync(Stage.Rest.Port, toRest));
        await asleep;
        try
        {
            await UntilAsync(() => Task.FromResult(broker.Lines.Any(SaysThatDescriptorsAreScarce)));
        }
        finally
        {
            held.ForEach(socket => socket.Dispose());
        }

        await UntilAsync(IsReadyAsync);
        Assert.That(broker.HasExited, Is.False, Stage.Describe);
        Assert.That(broker.Lines, Has.None.Contains("Unhandled exception"));
    }

    private static bool SaysThatDescriptorsAreScarce(string line) =>
        line.Contains("the process is short of file descriptors", StringComparison.Ordinal);

    private async Task<ChildProcess> StartBrokerAsync()
    {
        var broker = Stage.Start(
            "broker",
            "/bin/sh",
            [
                "-c",
                $"ulimit -n {DescriptorsMax} && exec \"$0\" \"$@\"",
                Shipped.ScheduleZero,
                .. Stage.BrokerArguments,
                "--connections-per-address",
                "100000",
            ],
            ("SCHEDULEZERO_BOOTSTRAP_KEY", Stage.AdminKey),
            Stage.Unhurried
        );
        await broker.LineAsync("ready: broker", Stage.StartLimit);
        return broker;
    }

    private static async Task<List<Socket>> ConnectAsync(int port, int count)
    {
        var sockets = new List<Socket>();
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            // The system completes a connection before the Broker has taken it, until its backlog is full.
            var connecting = socket.ConnectAsync(IPAddress.Loopback, port);
            if (await Task.WhenAny(connecting, Task.Delay(200)) != connecting)
            {
                break;
            }
        }

        return sockets;
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            return await Stage.Client.IsReadyAsync();
        }
        catch (Exception e) when (e is ScheduleZeroException or HttpRequestException)
        {
            // Nothing answers yet.
            await Task.Delay(50);
            return false;
        }
    }

    // The Broker frees the descriptors of closed connections one after the other.
    private static async Task<bool> IsGreetedAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            if (await socket.ReceiveAsync(new byte[1]).WaitAsync(Deadline) == 1)
            {
                return true;
            }
        }
        catch (SocketException)
        {
            // The Broker has refused the connection.
        }

        await Task.Delay(50);
        return false;
    }
}
