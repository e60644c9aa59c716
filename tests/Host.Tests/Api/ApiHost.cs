using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Broker.Host.Api;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Broker.Host.Throttling;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Audit;
using ScheduleZero.Tickets;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>The REST surface on a real server, over a fake Broker.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    public const string Jobs = "/api/namespaces/default/jobs";
    public const string Schedules = "/api/namespaces/default/schedules";

    public const string Password = "a password for tests only";

    private static readonly Lazy<string> PasswordHash = new(() =>
        new PasswordHasher<object>().HashPassword(new object(), Password)
    );

    private readonly WebApplication _app;

    private ApiHost(WebApplication app, FakeBroker broker, EventStream events, FakeTimeProvider time)
    {
        _app = app;
        Broker = broker;
        Events = events;
        Time = time;
        Address = new Uri(
            app.Services.GetRequiredService<IServer>()
                .Features.Get<IServerAddressesFeature>()!
                .Addresses.First()
                .Replace("[::]", "127.0.0.1", StringComparison.Ordinal)
        );
        AdminKey = AddKey(Roles.Admin);
        Admin = Client(AdminKey);
    }

    public static DateTimeOffset Noon { get; } = new(2026, 10, 1, 12, 0, 0, TimeSpan.Zero);

    public FakeBroker Broker { get; }

    public EventStream Events { get; }

    public FakeTimeProvider Time { get; }

    /// <summary>What sends notices.</summary>
    public FakeAlertSender Sender => (FakeAlertSender)Services.GetRequiredService<IAlertSender>();

    public Uri Address { get; }

    public IServiceProvider Services => _app.Services;

    public MethodSchemas Schemas => Services.GetRequiredService<MethodSchemas>();

    public ApiKey AdminKey { get; }

    /// <summary>A client with a key that may do everything, everywhere.</summary>
    public HttpClient Admin { get; }

    public bool IsReady { get; set; } = true;

    public static async Task<ApiHost> StartAsync(
        EventStream? events = null,
        int requestsPerMinute = 1_000_000,
        int anonymousRequestsPerMinute = 1_000_000,
        string[]? trustedProxies = null,
        string[]? allowFrom = null,
        string url = "http://127.0.0.1:0",
        string[]? corsOrigins = null,
        Action<IServiceCollection>? services = null,
        long largeBodiesBytesMax = LargeBodyOptions.BytesMaxDefault
    )
    {
        var time = new FakeTimeProvider(Noon);
        var keys = new KeyRing(time);
        var roster = new Roster();
        var broker = new FakeBroker(keys, roster, time);
        events ??= new EventStream();
        ApiHost? host = null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder
            .Services.AddSingleton<TimeProvider>(time)
            .AddSingleton(keys)
            .AddSingleton(roster)
            .AddSingleton(events)
            .AddSingleton<MethodSchemas>();
        builder.Services.AddSingleton<IDataProtectionProvider>(new EphemeralDataProtectionProvider());
        builder.Services.AddSingleton<IAuditSigner>(new TestSigner());
        builder.Services.AddSingleton(new AuditTailWatch());
        var sender = new FakeAlertSender();
        builder
            .Services.AddSingleton<IBrokerInputs>(broker)
            .AddSingleton(broker.Alerts)
            .AddSingleton<IAlertSender>(sender)
            .AddSingleton<IHistoryReader>(broker)
            .AddSingleton<IAuditReader>(broker);
        builder.Services.AddBrokerApi(
            new BrokerApiOptions
            {
                ParamsBytesMax = 1024,
                RequestLimits = new RequestLimitOptions
                {
                    RequestsPerMinute = requestsPerMinute,
                    AnonymousRequestsPerMinute = anonymousRequestsPerMinute,
                },
                LargeBodies = new LargeBodyOptions { BytesMax = largeBodiesBytesMax },
                TrustedProxies = trustedProxies ?? [],
                AllowFrom = allowFrom ?? [],
                CorsOrigins = corsOrigins ?? [],
                StartedAt = Noon,
                Retention = new NamespaceRetention(TimeSpan.FromDays(7), TimeSpan.FromDays(90)),
                CompleteStats = stats => stats with { Version = "1.2.3", StartedAt = Noon, Bridges = 4, Commits = 5 },
                IsReady = () => host!.IsReady,
            }
        );
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapBrokerApi();
        await app.Services.GetRequiredService<SigningKeys>().RotateAsync(CancellationToken.None);
        foreach (var ns in new[] { "default", "tenant-a", "tenant-b" })
        {
            broker.ChangeAccess(
                new BrokerInput.ChangeAccess(
                    new UncalledTicket(),
                    [
                        AccessChange.Add(
                            new NamespaceRecord
                            {
                                Name = ns,
                                CreatedAt = Noon,
                                CreatedBy = "test",
                            }
                        ),
                    ]
                )
            );
        }

        broker.Inputs.Clear();
        await app.StartAsync();
        return host = new ApiHost(app, broker, events, time);
    }

    /// <summary>Adds a key to the key ring.</summary>
    public ApiKey AddKey(
        string? role,
        string ns = Authority.Everywhere,
        KeyKind kind = KeyKind.Service,
        DateTimeOffset? expiresAt = null,
        int? requestsPerMinute = null,
        string[]? addresses = null
    )
    {
        var key = ApiKey.Generate();
        Broker.AddKey(
            new KeyRecord
            {
                Id = key.Id,
                SecretHash = key.SecretHash(),
                Kind = kind,
                Namespace = ns,
                Roles = role is null ? null : [role],
                CreatedAt = Noon,
                CreatedBy = "test",
                ExpiresAt = expiresAt,
                RequestsPerMinute = requestsPerMinute,
                Addresses = addresses,
            }
        );
        return key;
    }

    public HttpClient Client(ApiKey? key) => ClientWith(key?.Reveal());

    public HttpClient ClientWith(string? credential)
    {
        var client = new HttpClient(new AskedSender()) { BaseAddress = Address };
        if (credential is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        }

        return client;
    }

    /// <summary>A client whose connections come from another address of this machine.</summary>
    public HttpClient ClientAt(string address, ApiKey? key)
    {
        var client = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = (context, cancellationToken) => ConnectAsync(address, context, cancellationToken),
            }
        )
        {
            BaseAddress = Address,
        };
        if (key is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Reveal());
        }

        return client;
    }

    private static async ValueTask<Stream> ConnectAsync(
        string address,
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Makes a user with <see cref="Password"/>.</summary>
    public UserRecord AddUser(string userName, params RoleGrant[] roles)
    {
        var user = new UserRecord
        {
            Id = Guid.NewGuid().ToString("N"),
            UserName = userName,
            NormalizedName = userName.ToUpperInvariant(),
            PasswordHash = PasswordHash.Value,
            Roles = roles,
            CreatedAt = Noon,
            CreatedBy = "test",
        };
        Change(AccessChange.Add(user));
        return user with { Version = 1 };
    }

    /// <summary>Begins a user session without a password.</summary>
    public (SignInRecord SignIn, string AccessToken) BeginSession(UserRecord user)
    {
        var signIn = new SignInRecord
        {
            Id = Guid.NewGuid().ToString("N"),
            UserId = user.Id,
            RefreshHash = [1],
            CreatedAt = Time.GetUtcNow(),
            LastUsedAt = Time.GetUtcNow(),
            ExpiresAt = Time.GetUtcNow() + TimeSpan.FromDays(1),
        };
        Change(AccessChange.Add(signIn));
        return (signIn with { Version = 1 }, Services.GetRequiredService<AccessTokens>().Issue(user, signIn));
    }

    public UserRecord UserNamed(string userName) =>
        Services.GetRequiredService<Roster>().FindUserByName(userName.ToUpperInvariant())!;

    public UserRecord UserOf(string id) => Services.GetRequiredService<Roster>().FindUser(id)!;

    public HttpClient ClientOf(UserRecord user) => ClientWith(BeginSession(user).AccessToken);

    /// <summary>Makes a custom role with these rules.</summary>
    public string AddRole(params RoleRule[] rules)
    {
        var role = new RoleRecord
        {
            Name = $"r{Guid.NewGuid():N}",
            Rules = rules,
            CreatedAt = Noon,
            CreatedBy = "test",
        };
        Change(AccessChange.Add(role));
        return role.Name;
    }

    public void AddRoleNamed(string name) =>
        Change(
            AccessChange.Add(
                new RoleRecord
                {
                    Name = name,
                    Rules = [new RoleRule { Permissions = ["jobs:read"] }],
                    CreatedAt = Noon,
                    CreatedBy = "test",
                }
            )
        );

    public void Change(params AccessChange[] changes) =>
        Assert.That(
            Broker.ChangeAccess(new BrokerInput.ChangeAccess(new UncalledTicket(), changes)),
            Is.TypeOf<Answer.Done>()
        );

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

internal static class HttpWords
{
    public static Task<HttpResponseMessage> PostTextAsync(this HttpClient client, string path, string json) =>
        client.PostAsync(path, Json(json));

    public static Task<HttpResponseMessage> PutTextAsync(
        this HttpClient client,
        string path,
        string json,
        string? ifMatch = null
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = Json(json) };
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        return client.SendAsync(request);
    }

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public static async Task<JsonElement> BodyAsync(this HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>();

    public static async Task<Problem> ProblemAsync(this HttpResponseMessage response)
    {
        Assert.That(
            response.Content.Headers.ContentType?.MediaType,
            Is.EqualTo("application/problem+json"),
            $"{response.StatusCode}"
        );
        return (await response.Content.ReadFromJsonAsync(RestJson.Default.Problem))!;
    }
}
