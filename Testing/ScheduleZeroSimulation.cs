using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;
using ScheduleZero.Testing.Brokers;

namespace ScheduleZero.Testing;

/// <summary>
/// A whole Broker with handlers in this process, in virtual time: the real decisions, loop, store (in memory), REST and
/// agents, without sockets and without waiting. Time stands still unless the test moves it. One test moves it at a
/// time; everything else is safe from any thread.
/// </summary>
public sealed partial class ScheduleZeroSimulation : IAsyncDisposable
{
    private readonly Site _site;
    private readonly SimulationOptions _options;
    private readonly HttpMessageInvoker _rest;
    private readonly List<ScheduleZeroClient> _clients = [];
    private readonly List<SimulatedHandler> _handlers = [];
    private VirtualBroker? _broker;
    private bool _isDisposed;

    private ScheduleZeroSimulation(SimulationOptions options)
    {
        _options = options;
        _site = new Site(options);
        _rest = new HttpMessageInvoker(new RestGate(_site.Driver, () => Volatile.Read(ref _broker)));
        Client = ClientOf();
    }

    /// <summary>The real client, with the key of an admin of all namespaces; limits on requests are off.</summary>
    public ScheduleZeroClient Client { get; }

    /// <summary>
    /// The clock of Broker and test. Code of the test that waits for this clock continues when the test moves time.
    /// </summary>
    public TimeProvider Time => _site.Clock;

    /// <summary>The instant that the Broker's clock shows.</summary>
    public DateTimeOffset Now => _site.Clock.GetUtcNow();

    /// <summary>The handlers that were added, killed ones included.</summary>
    public IReadOnlyList<SimulatedHandler> Handlers
    {
        get
        {
            lock (_handlers)
            {
                return [.. _handlers];
            }
        }
    }

    internal Site Site => _site;

    internal DateTimeOffset StartAt => _options.StartAt;

    /// <summary>Starts a Broker with nothing in its store but the namespace <c>default</c>.</summary>
    public static async Task<ScheduleZeroSimulation> StartAsync(SimulationOptions? options = null)
    {
        var simulation = new ScheduleZeroSimulation(options ?? new SimulationOptions());
        try
        {
            await simulation.StartBrokerAsync();
            return simulation;
        }
        catch
        {
            await simulation.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes another client, which is disposed with the simulation.</summary>
    /// <param name="apiKey">The API key; that of the admin when not given.</param>
    public ScheduleZeroClient ClientOf(string ns = Names.DefaultNamespace, string? apiKey = null)
    {
        var options = new ScheduleZeroClientOptions
        {
            Server = new Uri("http://broker.invalid"),
            Namespace = ns,
            ApiKey = apiKey ?? _site.AdminKey.Reveal(),
        };
        var client = new ScheduleZeroClient(options, CreateRestHandler());
        lock (_clients)
        {
            _clients.Add(client);
        }

        return client;
    }

    /// <summary>
    /// Makes a message handler that sends requests to the running Broker, for producers that make a client or an
    /// HttpClient of their own. Any address will do.
    /// </summary>
    public HttpMessageHandler CreateRestHandler() => new Unowned(_rest);

    /// <summary>Adds a handler and lets it connect.</summary>
    /// <param name="name">The handler's name, for which it gets a key of its own.</param>
    /// <param name="offer">Offers the handler's methods, as in production; called again when the handler is started
    /// again.</param>
    /// <param name="configure">Sets the handler's other options; addresses and credentials do not count here. Null for
    /// none.</param>
    public Task<SimulatedHandler> AddHandlerAsync(
        string name,
        Action<AgentBuilder> offer,
        Action<HandlerAgentOptions>? configure = null,
        string ns = Names.DefaultNamespace
    )
    {
        ArgumentNullException.ThrowIfNull(offer);
        return AddHandlerAsync(
            services =>
                offer(
                    services.AddHandlerAgent(options =>
                    {
                        options.Handler = name;
                        configure?.Invoke(options);
                    })
                ),
            ns
        );
    }

    /// <summary>
    /// Adds the handler that a host registers with <c>AddHandlerAgent</c>, and lets it connect. Other hosted services
    /// are not started.
    /// </summary>
    /// <param name="register">The registrations of production; called again when the handler is started again.
    /// TimeProvider becomes the simulation's.</param>
    public async Task<SimulatedHandler> AddHandlerAsync(
        Action<IServiceCollection> register,
        string ns = Names.DefaultNamespace
    )
    {
        ArgumentNullException.ThrowIfNull(register);
        var handler = await SimulatedHandler.AddAsync(this, register, ns, Volatile.Read(ref _broker));
        lock (_handlers)
        {
            _handlers.Add(handler);
        }

        await handler.BeginAsync();
        return handler;
    }

    /// <summary>Ends everything at once, and leaves nothing behind.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        try
        {
            foreach (var handler in Handlers)
            {
                await handler.EndAsync();
            }

            if (Volatile.Read(ref _broker) is { } broker)
            {
                await _site.Driver.AskAsync(broker.End);
                await broker.DisposeAsync();
            }
        }
        finally
        {
            _clients.ForEach(static client => client.Dispose());
            _rest.Dispose();
            _site.Dispose();
        }
    }

    // A message handler that can be disposed without effect: a client disposes its message handler, and all of them
    // share one.
    private sealed class Unowned(HttpMessageInvoker inner) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        ) => inner.SendAsync(request, cancellationToken);
    }
}
