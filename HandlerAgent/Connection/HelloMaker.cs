using System.Reflection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Attempts;
using ScheduleZero.HandlerAgent.Identity;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>Makes the Hello, which says who this handler is and which attempts it holds.</summary>
internal sealed class HelloMaker(
    HandlerAgentOptions options,
    IReadOnlyDictionary<string, Method> methods,
    AttemptBook book,
    AgentIdentity? identity,
    IOfflineCustodian? offline,
    ILogger logger
)
{
    private static readonly string Agent =
        $"dotnet/{typeof(HelloMaker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
        ?.InformationalVersion.Split('+')[0] ?? "0"}";

    /// <summary>Makes a Hello, with a proof when the agent has a key of its own.</summary>
    /// <exception cref="RefusedException">The Broker does not know the key.</exception>
    /// <exception cref="CarrierException">The connection was lost, or leads to another Broker.</exception>
    public async Task<Hello> MakeAsync(IConnection connection, CancellationToken cancellationToken)
    {
        if (identity is null)
        {
            return Make();
        }

        var nonce = await connection.AskAsync(new Challenge(identity.KeyId), cancellationToken);
        try
        {
            return identity.Prove(Make(), nonce);
        }
        catch (IdentityException e)
        {
            throw new CarrierException(e.Message);
        }
    }

    private Hello Make() =>
        new()
        {
            Protocol = ProtocolJson.Version,
            Handler = options.Handler,
            Instance = options.Instance,
            Methods = [.. methods.Values.Select(method => method.Offer)],
            Capacity = book.Capacity,
            Groups = options.Groups.Count == 0 ? null : [.. options.Groups],
            Labels = options.Labels.Count == 0 ? null : options.Labels.ToDictionary(),
            Resume = book.ListHeld() is { Count: > 0 } held ? held : null,
            OfflineStore = offline?.Store,
            Agent = Agent,
        };

    /// <summary>
    /// Stores what the next Hello needs, before anything else is said, and logs which offered methods and wanted groups
    /// the handler's key does not allow.
    /// </summary>
    /// <exception cref="CarrierException">The generation cannot be stored: the session must not be used.</exception>
    public void Accept(Welcome welcome)
    {
        if (identity is not null && welcome.Generation is { } generation)
        {
            StoreGeneration(identity, generation);
        }

        foreach (var name in methods.Keys.Except(welcome.Methods))
        {
            logger.MethodNotAllowed(name);
        }

        // An older Broker does not say which groups are allowed.
        foreach (var group in welcome.Groups is { } joined ? options.Groups.Except(joined) : [])
        {
            logger.GroupNotAllowed(group);
        }
    }

    private static void StoreGeneration(AgentIdentity identity, long generation)
    {
        try
        {
            identity.StoreGeneration(generation);
        }
        catch (IdentityException e)
        {
            throw new CarrierException(e.Message);
        }
    }
}
