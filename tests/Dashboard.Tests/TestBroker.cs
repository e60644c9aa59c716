using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.InProcess;
using ScheduleZero.Hostile;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>A Broker with its dashboard on a free port, in a folder of its own.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    public const string Password = "a password for tests only";

    private readonly DirectoryInfo _folder;
    private readonly Dictionary<string, ScheduleZeroClient> _clients = [];
    private RunningBroker _running;

    private readonly ErrorLog _log;

    private TestBroker(DirectoryInfo folder, RunningBroker running, ErrorLog log)
    {
        (_folder, _running, _log) = (folder, running, log);
        Address = new Uri(running.Urls[0]);
        AdminKey = running.BootstrapKey!;
    }

    /// <summary>The address of the Broker, which stays through a restart.</summary>
    public Uri Address { get; }

    public string AdminKey { get; }

    /// <summary>The address of the dashboard.</summary>
    public Uri Pages => new(Address, "/ui/");

    /// <summary>A client that may do everything.</summary>
    public ScheduleZeroClient Admin => In("default");

    /// <summary>The warnings and errors that the Broker has logged.</summary>
    public IReadOnlyCollection<string> Warnings => _log.Lines;

    public IReadOnlyList<string> Router => _running.Router;

    public static async Task<TestBroker> StartAsync(
        bool dashboard = true,
        string pathBase = "",
        string? trustedProxy = null,
        int requestsPerMinute = 1_000_000
    )
    {
        var folder = Directory.CreateTempSubdirectory("sz-dashboard-");
        var settings = SettingsOf(folder, "http://127.0.0.1:0", dashboard, pathBase, trustedProxy, requestsPerMinute);
        var log = new ErrorLog(LogLevel.Warning);
        return new TestBroker(folder, await StartAsync(settings, log), log);
    }

    /// <summary>A client that may do everything, in a namespace.</summary>
    public ScheduleZeroClient In(string ns)
    {
        if (!_clients.TryGetValue(ns, out var client))
        {
            client = new ScheduleZeroClient(
                new ScheduleZeroClientOptions
                {
                    Server = Address,
                    ApiKey = AdminKey,
                    Namespace = ns,
                }
            );
            _clients[ns] = client;
        }

        return client;
    }

    public Task AddUserAsync(string userName, string role, string ns = "*", bool mustChangePassword = false) =>
        Admin.Users.CreateAsync(
            new UserRequest
            {
                UserName = userName,
                Password = Password,
                MustChangePassword = mustChangePassword,
                Roles = [new RoleGrant(role, ns)],
            }
        );

    /// <summary>A client without a browser's rules: it holds cookies, and does not follow redirects.</summary>
    public HttpClient NewHttpClient(CookieContainer? cookies = null) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies ?? new CookieContainer() })
        {
            BaseAddress = Pages,
        };

    /// <summary>A client of a user who has signed in, over the network.</summary>
    public async Task<ScheduleZeroClient> SignInAsync(string userName, string ns = "default")
    {
        using var stranger = new ScheduleZeroClient(new ScheduleZeroClientOptions { Server = Address });
        var tokens = await stranger.Auth.LoginAsync(new LoginRequest { UserName = userName, Password = Password });
        return new ScheduleZeroClient(
            new ScheduleZeroClientOptions
            {
                Server = Address,
                AccessToken = tokens.AccessToken,
                Namespace = ns,
            }
        );
    }

    /// <summary>A client that may do everything, and asks REST as pages do.</summary>
    public ScheduleZeroClient InProcessClient() =>
        new(
            new ScheduleZeroClientOptions { Server = Address, ApiKey = AdminKey },
            new BrokerHandler(_running.Services.GetRequiredService<BrokerPipeline>(), new Nobody())
        );

    public async Task StopAsync() => await _running.DisposeAsync();

    /// <summary>Starts the Broker again, at the same address and with the same store.</summary>
    public async Task StartAgainAsync() =>
        _running = await StartAsync(SettingsOf(_folder, Address.GetLeftPart(UriPartial.Authority)), _log);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        await _running.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static Task<RunningBroker> StartAsync(BrokerSettings settings, ErrorLog log) =>
        BrokerServer.StartAsync(settings, logging => logging.AddProvider(log), CancellationToken.None);

    private static BrokerSettings SettingsOf(
        DirectoryInfo folder,
        string url,
        bool dashboard = true,
        string pathBase = "",
        string? trustedProxy = null,
        int requestsPerMinute = 1_000_000
    ) =>
        new()
        {
            DataFolder = folder.FullName,
            Urls = [url],
            Router = ["tcp://127.0.0.1:0"],
            RequestsPerMinute = requestsPerMinute,
            AnonymousRequestsPerMinute = 1_000_000,
            Dashboard = dashboard,
            PathBase = pathBase,
            TrustedProxies = trustedProxy is null ? [] : [trustedProxy],
            Alerts = new AlertSettings { Allow = ["127.0.0.1"] },
        };

    private sealed class Nobody : IPageCaller
    {
        public IPAddress? Address => IPAddress.Loopback;

        public string? UserAgent => null;

        public string? AccessToken => null;
    }
}
