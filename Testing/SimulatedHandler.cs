using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Testing.Brokers;
using ScheduleZero.Testing.Handlers;
using ScheduleZero.Testing.Network;

namespace ScheduleZero.Testing;

/// <summary>A handler of a simulation, and the faults that a test can cause in it.</summary>
public sealed class SimulatedHandler
{
    private readonly ScheduleZeroSimulation _simulation;
    private readonly Action<IServiceCollection> _register;
    private readonly ApiKey _key;
    private readonly DateTimeOffset _startAt;
    private readonly List<HandlerProcess> _past = [];
    private HandlerProcess? _process;
    private TimeSpan _skew;

    private SimulatedHandler(
        ScheduleZeroSimulation simulation,
        Action<IServiceCollection> register,
        string ns,
        ApiKey key,
        DateTimeOffset startAt
    )
    {
        (_simulation, _register, Namespace, _key, _startAt) = (simulation, register, ns, key, startAt);
        Line = new Line(simulation.Site.Driver.Agenda, new KeyClaim(key.Id, key.SecretHash()));
    }

    public string Name { get; private set; } = "";

    public string Namespace { get; }

    /// <summary>Whether the handler's process runs.</summary>
    public bool IsRunning => _process is not null;

    /// <summary>
    /// The services of the process that runs, or ran last, for a test that checks what the handler's code has done.
    /// </summary>
    public IServiceProvider Services => (_process ?? _past[^1]).Services;

    internal Line Line { get; }

    private Site Site => _simulation.Site;

    /// <summary>Starts the process, with all its services made anew.</summary>
    /// <exception cref="InvalidOperationException">The process runs already.</exception>
    /// <exception cref="HandlerAgent.AgentStoppedException">The Broker does not want the handler.</exception>
    public async Task StartAsync()
    {
        if (IsRunning)
        {
            throw new InvalidOperationException($"Handler {Name} runs.");
        }

        _process = Make();
        await BeginAsync(_process);
    }

    /// <summary>
    /// Kills the process as kill -9 does: its code stops where it is, and its attempts are lost when their lease has
    /// run out.
    /// </summary>
    public Task KillAsync() =>
        BefallAsync(
            "handler.killed",
            null,
            () =>
            {
                if (_process is { } process)
                {
                    process.Kill();
                    _past.Add(process);
                    _process = null;
                    Line.Hangup();
                }
            }
        );

    /// <summary>Cuts the connection; both sides notice. Code that runs goes on meanwhile.</summary>
    /// <param name="lasts">How long the handler cannot connect; until <see cref="MendConnectionAsync"/> when not
    /// given.</param>
    public Task CutConnectionAsync(TimeSpan? lasts = null) =>
        BefallAsync("handler.cut", lasts?.ToString(), () => Line.Cut(lasts));

    /// <summary>
    /// Mends the connection, at once and without delay; the handler connects when its next try is due.
    /// </summary>
    public Task MendConnectionAsync() =>
        BefallAsync(
            "handler.mended",
            null,
            () =>
            {
                Line.Mend();
                Line.Latency = TimeSpan.Zero;
            }
        );

    /// <summary>Delays each message from now on, in either direction.</summary>
    public Task DelayMessagesAsync(TimeSpan latency) =>
        BefallAsync("handler.delayed", latency.ToString(), () => Line.Latency = latency);

    /// <summary>
    /// Loses the next messages, whichever side sends them; a second later both sides see the gap and begin anew.
    /// </summary>
    public Task DropMessagesAsync(int messages) =>
        BefallAsync("handler.drops", $"{messages} messages", () => Line.Lose(messages));

    /// <summary>Sets the wall clock of the handler's machine.</summary>
    public Task SetClockAsync(DateTimeOffset to) =>
        BefallAsync(
            "clock.set",
            $"to {to:O}",
            () =>
            {
                if (_process is { } process)
                {
                    _skew = process.Clock.Skew += to - process.Clock.GetUtcNow();
                }
            }
        );

    internal static async Task<SimulatedHandler> AddAsync(
        ScheduleZeroSimulation simulation,
        Action<IServiceCollection> register,
        string ns,
        VirtualBroker? broker
    )
    {
        var key = ApiKey.Generate();
        var handler = new SimulatedHandler(simulation, register, ns, key, simulation.StartAt);
        handler._process = handler.Make();
        var record = new KeyRecord
        {
            Id = key.Id,
            SecretHash = key.SecretHash(),
            Kind = KeyKind.Handler,
            Namespace = ns,
            Handler = handler.Name,
            Groups = ["*"],
            CreatedAt = simulation.Now,
            CreatedBy = "simulation",
        };
        var running =
            broker
            ?? throw new InvalidOperationException("The Broker does not run: it would not know the handler's key.");
        await running.Inputs.AskAsync(ticket => new BrokerInput.CreateKey(ticket, record), CancellationToken.None);
        await simulation.Site.Driver.AskAsync(() => handler.Line.Follow(running));
        return handler;
    }

    /// <summary>Ends the handler because the test is over.</summary>
    internal async Task EndAsync()
    {
        await KillAsync();
        foreach (var process in _past)
        {
            process.Cancel();
            await process.DisposeAsync();
        }
    }

    internal Task BeginAsync() => BeginAsync(_process!);

    private async Task BeginAsync(HandlerProcess process)
    {
        await Site.Driver.AskAsync(() =>
        {
            Note("handler.started");
            process.Begin();
        });
        await _simulation.SettleAsync();
        if (process.Running.IsFaulted)
        {
            await process.Running;
        }
    }

    private HandlerProcess Make()
    {
        var process = new HandlerProcess(Site, Line, _key, _startAt, _register);
        process.Clock.Skew = _skew;
        Name = process.Name;
        return process;
    }

    // Applies a fault. The Broker has just heard of the handler: however long ago its last heartbeat was due, a whole
    // lease is left.
    private async Task BefallAsync(string what, string? detail, Action befalls)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Site.Driver.AskAsync(() =>
        {
            Note(what, detail);
            _process?.Beat();
            Site.Driver.Agenda.In(
                TimeSpan.Zero,
                () =>
                {
                    befalls();
                    done.SetResult();
                }
            );
        });
        await done.Task;
    }

    private void Note(string what, string? detail = null) => Site.Note(what, Name, detail);
}
