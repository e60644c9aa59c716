using Microsoft.AspNetCore.Components.Authorization;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Access;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Live;

/// <summary>
/// What one open page has: its user, what is open to the user, the time zone of the browser, and clients of REST that
/// act for the user.
/// </summary>
internal sealed class PageSession(
    AuthenticationStateProvider state,
    BrokerClients brokerClients,
    PageCircuit circuit,
    TimeProvider time
) : IDisposable
{
    /// <summary>Permissions that REST does not open to roles which are limited to names.</summary>
    private static readonly HashSet<string> OfAllNames = ["events:read", "executions:read", "stats:read"];

    private readonly Dictionary<string, ScheduleZeroClient> _clients = new(StringComparer.Ordinal);
    private PageCaller? _caller;

    /// <summary>Whether <see cref="OpenAsync"/> has completed, so that pages may read.</summary>
    public bool IsOpen { get; private set; }

    public PageCaller Caller =>
        _caller ?? throw new InvalidOperationException("The page was used before it was opened.");

    /// <summary>The user and what is open to the user, as read when the page opened.</summary>
    public MeView Me { get; private set; } =
        new()
        {
            Name = "",
            Kind = "user",
            Roles = [],
        };

    /// <summary>The namespaces in which the user has a role, in order of their names.</summary>
    public IReadOnlyList<string> Namespaces { get; private set; } = [];

    /// <summary>The zone of the browser; UTC where the browser's zone is unknown here.</summary>
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;

    /// <summary>Whether the browser shows the page. A page that nobody sees does not read.</summary>
    public bool IsVisible { get; private set; } = true;

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Called, on any thread, when the browser begins or ceases to show the page.</summary>
    public event Action? VisibilityChanged;

    /// <summary>Called, on any thread, when the user session has ended.</summary>
    public event Action? Ended
    {
        add
        {
            if (circuit.Page is { } page)
            {
                page.Ended += value;
            }
        }
        remove
        {
            if (circuit.Page is { } page)
            {
                page.Ended -= value;
            }
        }
    }

    /// <summary>Reads what every page needs. Called once, before any page reads.</summary>
    /// <param name="zone">The name of the browser's time zone, such as <c>Europe/Berlin</c>.</param>
    public async Task OpenAsync(string zone)
    {
        var principal = (await state.GetAuthenticationStateAsync()).User;
        _caller = brokerClients.CallerOf(principal);
        Zone = TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : TimeZoneInfo.Utc;
        var client = Client(Names.DefaultNamespace);
        Me = await client.Auth.MeAsync();
        await ReadNamespacesAsync();
        IsOpen = true;
    }

    /// <summary>Reads the namespaces again, when one was made or deleted.</summary>
    public async Task ReadNamespacesAsync()
    {
        List<string> names = [];
        await foreach (var view in Client(Names.DefaultNamespace).Namespaces.ListAllAsync())
        {
            if (view.DeletedAt is null)
            {
                names.Add(view.Name);
            }
        }

        Namespaces = names;
    }

    /// <summary>The client for a namespace.</summary>
    public ScheduleZeroClient Client(string ns)
    {
        if (!_clients.TryGetValue(ns, out var client))
        {
            client = brokerClients.For(Caller, ns);
            _clients[ns] = client;
        }

        return client;
    }

    /// <summary>
    /// Whether a permission is open to the user in a namespace, perhaps for some names only. What is not open is not
    /// offered; REST refuses it all the same.
    /// </summary>
    public bool May(string permission, string ns) =>
        Me.Rules?.Any(rule =>
            (rule.Namespace == "*" || rule.Namespace == ns)
            && rule.Permissions.Contains(permission)
            && (rule.Names is null || !OfAllNames.Contains(permission))
        ) == true;

    /// <summary>Whether a permission on the Broker's own affairs is open to the user.</summary>
    public bool MayEverywhere(string permission) => May(permission, "*");

    /// <summary>Writes instants in the zone of the browser.</summary>
    public TimeText Times => new(Zone, Now);

    public void SetVisible(bool isVisible)
    {
        if (IsVisible != isVisible)
        {
            IsVisible = isVisible;
            VisibilityChanged?.Invoke();
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }
}
