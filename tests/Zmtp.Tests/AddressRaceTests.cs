using System.Net;
using System.Net.Sockets;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Zmtp.Tests;

/// <summary>Dialling a name that has several addresses, of which some do not work.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class AddressRaceTests
{
    /// <summary>The address of <see cref="Silent"/>: attempts to connect get no answer there.</summary>
    private static readonly IPAddress Swallowing = IPAddress.Parse("127.0.0.98");

    private static readonly IPAddress Refusing = IPAddress.Parse("127.0.0.99");

    [TestCase("127.0.0.99,127.0.0.1")]
    [TestCase("127.0.0.1,127.0.0.99")]
    [TestCase("127.0.0.98,127.0.0.1")]
    [TestCase("127.0.0.98,127.0.0.99,127.0.0.1")]
    [TestCase("::1,127.0.0.1")]
    public async Task The_first_address_that_answers_is_used(string addresses)
    {
        using var listener = Listen();
        using var silent = new Silent(PortOf(listener));
        var race = RaceOver(addresses);
        using var socket = await race.ConnectAsync("name.example", PortOf(listener), CancellationToken.None);
        Assert.That(((IPEndPoint)socket.RemoteEndPoint!).Address, Is.EqualTo(IPAddress.Loopback));
    }

    [Test]
    public async Task The_name_is_resolved_again_for_each_dial()
    {
        using var listener = Listen();
        var addresses = new Queue<IPAddress>([Refusing, IPAddress.Loopback]);
        var race = new AddressRace(TimeProvider.System, (_, _) => Task.FromResult<IPAddress[]>([addresses.Dequeue()]));
        var port = PortOf(listener);
        Assert.That(
            async () => await race.ConnectAsync("name.example", port, CancellationToken.None),
            Throws.TypeOf<SocketException>()
        );
        using var socket = await race.ConnectAsync("name.example", port, CancellationToken.None);
        Assert.That(socket.Connected, Is.True);
    }

    [Test]
    public void When_no_address_answers_the_failure_of_the_first_is_told()
    {
        using var listener = Listen();
        var port = PortOf(listener);
        listener.Stop();
        var failure = Assert.ThrowsAsync<SocketException>(() =>
            RaceOver("127.0.0.99,127.0.0.98").ConnectAsync("name.example", port, CancellationToken.None)
        );
        Assert.That(failure!.SocketErrorCode, Is.EqualTo(SocketError.ConnectionRefused));
    }

    [Test]
    public void A_name_without_an_address_is_told_as_unknown()
    {
        var failure = Assert.ThrowsAsync<SocketException>(() =>
            RaceOver("").ConnectAsync("name.example", 1, CancellationToken.None)
        );
        Assert.That(failure!.SocketErrorCode, Is.EqualTo(SocketError.HostNotFound));
    }

    [Test]
    public void A_caller_who_gives_up_is_not_kept_waiting()
    {
        using var patience = new CancellationTokenSource();
        using var silent = new Silent(port: 0);
        var race = RaceOver($"{Swallowing}");
        var dialling = race.ConnectAsync("name.example", silent.Port, patience.Token);
        patience.Cancel();
        Assert.That(async () => await dialling, Throws.InstanceOf<OperationCanceledException>());
    }

    [TestCase("fd00::1,fd00::2,10.0.0.1", "fd00::1,10.0.0.1,fd00::2")]
    [TestCase("10.0.0.1,10.0.0.2,fd00::1", "10.0.0.1,fd00::1,10.0.0.2")]
    public async Task Families_take_turns_and_the_one_that_the_system_prefers_begins(string given, string order)
    {
        var addresses = await RaceOver(given).ResolveAsync("name.example", CancellationToken.None);
        Assert.That(string.Join(',', addresses), Is.EqualTo(order));
    }

    [Test]
    public async Task A_name_with_very_many_addresses_costs_no_more_than_sixteen()
    {
        var all = string.Join(',', Enumerable.Range(1, 200).Select(i => $"10.0.0.{i}"));
        Assert.That(await RaceOver(all).ResolveAsync("n.example", CancellationToken.None), Has.Count.EqualTo(16));
    }

    private static AddressRace RaceOver(string addresses)
    {
        IPAddress[] all = [.. addresses.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)];
        return new AddressRace(TimeProvider.System, (_, _) => Task.FromResult(all));
    }

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>
    /// A listener that accepts nobody, with as many connections waiting as it lets wait: Linux then drops what asks for
    /// another one.
    /// </summary>
    private sealed class Silent : IDisposable
    {
        private readonly Socket _listener = NewSocket();
        private readonly Socket _waiting = NewSocket();

        public Silent(int port)
        {
            _listener.Bind(new IPEndPoint(Swallowing, port));
            _listener.Listen(backlog: 0);
            Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
            _waiting.Connect(_listener.LocalEndPoint!);
        }

        public int Port { get; }

        public void Dispose()
        {
            _waiting.Dispose();
            _listener.Dispose();
        }

        private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    }
}
