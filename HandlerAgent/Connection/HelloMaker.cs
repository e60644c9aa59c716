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

    /// <summary>The line on which the Hello is said and what follows it, sealed where the Broker asks for it.</summary>
    /// <param name="connection">A new connection, which stays its owner's.</param>
    public SealedConnection OpenLine(IConnection connection) => new(connection, identity, options.Sealed);

    /// <summary>
    /// Says Hello, with a proof when the agent has a key of its own, and stores what the next Hello needs.
    /// </summary>
    /// <exception cref="RefusedException">The Broker said no.</exception>
    /// <exception cref="CarrierException">
    /// The connection was lost, or leads to another Broker, or what the next Hello needs cannot be stored: the session
    /// must not be used.
    /// </exception>
    public async Task<Welcome> SayAsync(SealedConnection line, CancellationToken cancellationToken)
    {
        var welcome = await line.HelloAsync(() => Make(line.Way), cancellationToken);
        Accept(welcome, line.IsSealed);
        return welcome;
    }

    private Hello Make(HelloWay? way) =>
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
            Way = way,
        };

    /// <summary>
    /// Stores what the next Hello needs, before anything else is said, and logs which offered methods and wanted groups
    /// the handler's key does not allow.
    /// </summary>
    private void Accept(Welcome welcome, bool isSealed)
    {
        if (identity is not null && welcome.Generation is { } generation)
        {
            StoreGeneration(identity, generation, isSealed);
        }

        if (isSealed)
        {
            logger.Sealed();
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

    private static void StoreGeneration(AgentIdentity identity, long generation, bool isSealed)
    {
        try
        {
            identity.StoreGeneration(generation, isSealed);
        }
        catch (IdentityException e)
        {
            throw new CarrierException(e.Message);
        }
    }
}
