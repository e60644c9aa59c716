using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Api.Keys;

/// <summary>
/// The keys that a caller sees in a namespace. A caller who may manage keys everywhere also sees the keys that hold
/// everywhere, and so can change, rotate and revoke them.
/// </summary>
internal sealed class VisibleKeys(IBrokerInputs inputs, KeyGrants grants)
{
    public static ProblemAnswer NoSuchKey(string id) => new(404, ErrorCodes.NotFound, $"There is no key \"{id}\".");

    public async Task<KeyRecord[]> ListAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var seesAll = grants.MayReachKeysOfEverywhere(ns, http);
        var keys = await inputs.ReadAsync(
            state => seesAll ? [.. state.Keys(ns), .. state.Keys(Authority.Everywhere)] : state.Keys(ns).ToArray(),
            cancellationToken
        );
        return [.. keys.DistinctBy(key => key.Id)];
    }

    /// <summary>The key, and the namespace that it holds in: the one asked for, or <c>*</c>.</summary>
    public async Task<(string Scope, KeyRecord? Key)> FindAsync(
        string ns,
        string id,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var found = await inputs.ReadAsync(state => Find(state, ns, id), cancellationToken);
        return found is null && grants.MayReachKeysOfEverywhere(ns, http)
            ? (
                Authority.Everywhere,
                await inputs.ReadAsync(state => Find(state, Authority.Everywhere, id), cancellationToken)
            )
            : (ns, found);
    }

    private static KeyRecord? Find(BrokerState state, string ns, string id) =>
        state.Keys(ns).FirstOrDefault(key => key.Id == id);
}
