using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Connection;

namespace ScheduleZero.Agent.Tests.Fakes;

/// <summary>
/// A carrier whose other end is the test. Every wait has a bound, so that a test fails rather than hangs.
/// </summary>
internal sealed class FakeBroker : ICarrier
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Channel<FakeConnection> _connections = Channel.CreateUnbounded<FakeConnection>();

    private readonly TaskCompletionSource _missed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    /// <summary>Sets the usual time-outs, for tests of a stop.</summary>
    public static void StopGracefully(HandlerAgentOptions options)
    {
        options.DrainTimeout = TimeSpan.FromSeconds(30);
        options.SettleTimeout = TimeSpan.FromSeconds(5);
    }

    public bool SilenceNeedsHello { get; init; }

    /// <summary>While this is set and not completed, no address answers.</summary>
    public TaskCompletionSource? Outage { get; set; }

    /// <summary>Ends when the agent has tried once without success.</summary>
    public Task WhenMissed => _missed.Task.WaitAsync(Patience);

    public async Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken)
    {
        if (Outage is not null)
        {
            _missed.TrySetResult();
        }

        await (Outage?.Task ?? Task.CompletedTask).WaitAsync(cancellationToken);
        var connection = new FakeConnection(address, inbox, SilenceNeedsHello);
        _connections.Writer.TryWrite(connection);
        return connection;
    }

    public async Task<FakeConnection> NextConnectionAsync() =>
        await _connections.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>Waits for the next connection, and answers its Hello with Welcome.</summary>
    public async Task<FakeConnection> WelcomeAsync(params string[] abandonedIds)
    {
        var connection = await NextConnectionAsync();
        await connection.NextHelloAsync();
        connection.Answer(Messages.AWelcome(abandonedIds));
        return connection;
    }

    public RunningAgent Start(Action<AgentBuilder> offer, Action<HandlerAgentOptions>? configure = null)
    {
        var builder = new AgentBuilder(
            new ServiceCollection(),
            configuration: null,
            options =>
            {
                options.Handler = "office-7";
                options.ApiKey = ApiKey.Generate().Reveal();
                options.Bridges.Add("http://first.example");
                options.Bridges.Add("http://second.example");
                options.Capacity = 4;
                // The clock stands still: a stop after a failed assertion must not wait for it.
                options.DrainTimeout = TimeSpan.Zero;
                options.SettleTimeout = TimeSpan.Zero;
                configure?.Invoke(options);
            }
        )
        {
            // There is no wait between connections: the clock stands still unless a test moves it.
            Chance = () => 0,
        };
        builder.Services.AddSingleton<TimeProvider>(Time);
        offer(builder);
        var provider = builder.Services.BuildServiceProvider();
        return builder.Start(provider, this, provider);
    }
}
