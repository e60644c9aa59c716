using ScheduleZero.Testing.Brokers;

namespace ScheduleZero.Testing;

public sealed partial class ScheduleZeroSimulation
{
    /// <summary>Whether the Broker runs.</summary>
    public bool IsBrokerRunning => Volatile.Read(ref _broker) is { Over.IsCompleted: false };

    /// <summary>Starts the Broker with what its disk holds.</summary>
    /// <exception cref="InvalidOperationException">The Broker runs already.</exception>
    public async Task StartBrokerAsync()
    {
        if (IsBrokerRunning)
        {
            throw new InvalidOperationException("The Broker runs.");
        }

        await BuryAsync();
        _site.Disk.GivePower();
        var broker = await VirtualBroker.StartAsync(_site, BrokerEnded);
        Volatile.Write(ref _broker, broker);
        await _site.Driver.AskAsync(() =>
        {
            _site.Note("broker.started", "broker");
            Follow(broker);
        });
        await SettleAsync();
    }

    /// <summary>Stops the Broker as SIGTERM does: inputs that have arrived are decided and committed first.</summary>
    /// <exception cref="InvalidOperationException">The Broker does not run.</exception>
    public async Task StopBrokerAsync()
    {
        var broker = Running();
        _site.Note("broker.stopping", "broker");
        await broker.StopAsync();
        await BuryAsync();
        await SettleAsync();
    }

    /// <summary>
    /// Kills the Broker as kill -9 does: what is not on its disk is lost, and nobody is answered any more.
    /// </summary>
    /// <exception cref="InvalidOperationException">The Broker does not run.</exception>
    public async Task KillBrokerAsync()
    {
        var broker = Running();
        await _site.Driver.AskAsync(() =>
        {
            _site.Disk.CutPower();
            _site.Note("broker.killed", "broker");
            broker.End();
        });
        await BuryAsync();
        await SettleAsync();
    }

    /// <summary>
    /// Lets the Broker die during its next commit, which is lost: whoever waits for the answer gets none. The test then
    /// starts the Broker again.
    /// </summary>
    /// <exception cref="InvalidOperationException">The Broker does not run.</exception>
    public void KillBrokerAtNextCommit()
    {
        Running();
        _site.Note("broker.dies", "broker", "at its next commit");
        _site.Disk.DiesAtNextSync = true;
    }

    /// <summary>Stops the Broker and starts it again.</summary>
    /// <param name="down">How long the Broker is away; no time when not given.</param>
    public async Task RestartBrokerAsync(TimeSpan down = default)
    {
        await StopBrokerAsync();
        await AdvanceAsync(down);
        await StartBrokerAsync();
    }

    /// <summary>
    /// Sets the Broker's wall clock, forward or back. Schedules go by the wall clock, leases and timeouts by the steady
    /// one. Handlers have clocks of their own.
    /// </summary>
    public async Task SetClockAsync(DateTimeOffset to)
    {
        await _site.Driver.AskAsync(() =>
        {
            _site.Note("clock.set", "broker", $"to {to:O}");
            _site.Clock.Skew += to - _site.Clock.GetUtcNow();
            Volatile.Read(ref _broker)?.ReadClock();
        });
        await SettleAsync();
    }

    private VirtualBroker Running() =>
        IsBrokerRunning ? Volatile.Read(ref _broker)! : throw new InvalidOperationException("The Broker does not run.");

    private void Follow(VirtualBroker? broker)
    {
        foreach (var handler in Handlers)
        {
            handler.Line.Follow(broker);
        }
    }

    // Called on the driver's thread, in whichever way the process ended.
    private void BrokerEnded(VirtualBroker broker)
    {
        _site.Note("broker.ended", "broker");
        _site.Driver.Turn(null);
        Follow(null);
        broker.Abandon();
    }

    private async Task BuryAsync()
    {
        if (Volatile.Read(ref _broker) is { } broker)
        {
            await broker.DisposeAsync();
            Volatile.Write(ref _broker, null);
        }
    }
}
