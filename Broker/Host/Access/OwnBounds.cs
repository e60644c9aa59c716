using System.Globalization;
using System.Net;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>
/// The bounds of a caller's own key or user. Nobody grants what lasts longer, opens from more addresses or goes faster
/// than their own. A bound that a grant does not state is copied from these.
/// </summary>
/// <param name="EndsAt">When the caller's key expires; null for one without an end.</param>
/// <param name="Addresses">Addresses that the caller's key may be used from; null for anywhere.</param>
/// <param name="RequestsPerMinute">
/// The limit that was set for the caller; null when none was set. The Broker's default limits such a caller, and does
/// not bound what the caller grants.
/// </param>
internal readonly record struct OwnBounds(
    DateTimeOffset? EndsAt,
    IReadOnlyList<string>? Addresses,
    int? RequestsPerMinute
)
{
    public static OwnBounds Of(Caller caller) =>
        new(caller.Key?.ExpiresAt, caller.Key?.Addresses, caller.RequestsPerMinute);

    /// <summary>The end of something new that the caller makes.</summary>
    public DateTimeOffset? EndOf(DateTimeOffset? asked) => asked?.ToUniversalTime() ?? EndsAt;

    /// <summary>The requests a minute of something new that the caller makes.</summary>
    /// <param name="standard">The Broker's default limit.</param>
    public int? RateOf(int? asked, int standard) =>
        asked ?? (RequestsPerMinute is { } own ? Math.Min(own, standard) : null);

    /// <summary>
    /// Why the caller may not make something with these bounds; null when they may. An argument is null for a bound
    /// that was not asked for.
    /// </summary>
    public ProblemAnswer? Check(DateTimeOffset? endsAt, IReadOnlyList<string>? addresses, int? requestsPerMinute) =>
        endsAt > EndsAt ? EndsLater()
        : addresses is not null && !IsWithin(addresses, Addresses) ? OpensWider()
        : requestsPerMinute > RequestsPerMinute ? GoesFaster()
        : null;

    /// <summary>Why the caller may not learn the secret of this key; null when they may.</summary>
    /// <param name="standard">The Broker's default limit of requests a minute.</param>
    public ProblemAnswer? CheckHolding(KeyRecord key, int standard) =>
        !IsWithin(key.Addresses, Addresses) ? OpensWider()
        : key.Kind == KeyKind.Service && (key.RequestsPerMinute ?? standard) > RequestsPerMinute ? GoesFaster()
        : null;

    /// <summary>
    /// Why the caller may not make something that has neither an end nor addresses; null when they may.
    /// </summary>
    /// <param name="what">The thing in the sentence, such as "A user".</param>
    public ProblemAnswer? CheckUnbound(string what) =>
        EndsAt is not null ? Unbound($"{what} has no end, and your own key ends at {Text(EndsAt.Value)}")
        : Addresses is not null
            ? Unbound($"{what} may be used from anywhere, and your own key from {string.Join(", ", Addresses)} only")
        : null;

    /// <summary>Whether each inner range lies in one of the outer ranges. A list that is null means anywhere.</summary>
    public static bool IsWithin(IReadOnlyList<string>? inner, IReadOnlyList<string>? outer) =>
        outer is null
        || inner?.All(range =>
            AddressRange.TryRead(range, out var network) && outer.Any(other => Holds(other, network))
        ) == true;

    private static bool Holds(string range, IPNetwork inner) =>
        AddressRange.TryRead(range, out var outer)
        && outer.BaseAddress.AddressFamily == inner.BaseAddress.AddressFamily
        && outer.PrefixLength <= inner.PrefixLength
        && outer.Contains(inner.BaseAddress);

    private ProblemAnswer EndsLater() =>
        Beyond("expiresAt", $"Your own key ends at {Text(EndsAt!.Value)}; what you make with it ends no later.");

    private ProblemAnswer OpensWider() =>
        Beyond(
            "addresses",
            $"Your own key may be used from {string.Join(", ", Addresses!)} only; each range must lie in one of these."
        );

    private ProblemAnswer GoesFaster() =>
        Beyond(
            "requestsPerMinute",
            $"You may make {RequestsPerMinute} requests a minute yourself, and hand out no more."
        );

    private static ProblemAnswer Unbound(string why) =>
        new(403, ErrorCodes.Forbidden, $"{why}; nobody hands out more than what they hold.");

    private static ProblemAnswer Beyond(string field, string reason) =>
        new(
            403,
            ErrorCodes.Forbidden,
            "This is more than you hold yourself; errors says where.",
            new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [reason] }
        );

    private static string Text(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
