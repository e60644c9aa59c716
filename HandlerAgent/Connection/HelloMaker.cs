using System.Reflection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>Says who this handler is and what it holds at the moment.</summary>
internal sealed class HelloMaker(HandlerAgentOptions options, IReadOnlyDictionary<string, Method> methods, AttemptBook book, ILogger logger)
{
    private static readonly string Agent = $"dotnet/{typeof(HelloMaker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
        ?.InformationalVersion.Split('+')[0] ?? "0"}";

    public Hello Make() => new()
    {
        Protocol = ProtocolJson.Version,
        Handler = options.Handler,
        Instance = options.Instance,
        Methods = [.. methods.Values.Select(method => method.Offer)],
        Capacity = book.Capacity,
        Groups = options.Groups.Count == 0 ? null : [.. options.Groups],
        Labels = options.Labels.Count == 0 ? null : options.Labels.ToDictionary(),
        Resume = book.Held() is { Count: > 0 } held ? held : null,
        Agent = Agent,
    };

    /// <summary>Says which offered methods the handler's key does not allow.</summary>
    public void Check(Welcome welcome)
    {
        foreach (var name in methods.Keys.Except(welcome.Methods))
        {
            logger.MethodNotAllowed(name);
        }
    }
}
