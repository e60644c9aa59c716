using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Versions;

/// <summary>How many sessions one version of an agent has.</summary>
/// <param name="Agent">What the agents say of themselves, fit to be shown.</param>
/// <param name="Sessions">The number of their sessions.</param>
/// <param name="Handlers">The names of their handlers, in order.</param>
internal sealed record AgentCount(string Agent, int Sessions, IReadOnlyList<string> Handlers)
{
    /// <summary>Counts the sessions of handlers by agent, the most frequent agent first.</summary>
    public static IReadOnlyList<AgentCount> Of(IEnumerable<HandlerView> handlers) =>
        [
            .. handlers
                .SelectMany(handler => handler.Sessions, (handler, session) => (handler.Name, Agent: NameOf(session)))
                .GroupBy(session => session.Agent, StringComparer.Ordinal)
                .Select(group => new AgentCount(
                    group.Key,
                    group.Count(),
                    [.. group.Select(session => session.Name).Distinct().Order(StringComparer.Ordinal)]
                ))
                .OrderByDescending(count => count.Sessions)
                .ThenBy(count => count.Agent, StringComparer.Ordinal),
        ];

    private static string NameOf(SessionView session) =>
        ForeignText.Short(session.Agent) is { Length: > 0 } agent ? agent : "says nothing";
}
