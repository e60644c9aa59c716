using System.Runtime.CompilerServices;
using System.Security.Claims;
using ScheduleZero.Broker.Core.Access;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>Who makes a request.</summary>
internal sealed class Caller : ClaimsPrincipal
{
    // One for each key that is in use, shared by all its requests: a million waiting jobs name their maker by the same text.
    private static readonly ConditionalWeakTable<KeyRecord, Caller> Known = [];

    private Caller(KeyRecord key)
        : base(new ClaimsIdentity([new Claim(ClaimTypes.Name, $"key:{key.Id}")], KeyAuthentication.Scheme))
    {
        Key = key;
        Name = $"key:{key.Id}";
    }

    public KeyRecord Key { get; }

    /// <summary>As it stands in <c>createdBy</c>.</summary>
    public string Name { get; }

    public bool IsEverywhere => Key.Namespace == Authority.Everywhere;

    public static Caller For(KeyRecord key) => Known.GetValue(key, static k => new Caller(k));

    /// <summary>The caller of a route that demands one.</summary>
    public static Caller Of(HttpContext http) =>
        http.User as Caller ?? throw new InvalidOperationException($"Route {http.Request.Path} is served without a caller.");
}
