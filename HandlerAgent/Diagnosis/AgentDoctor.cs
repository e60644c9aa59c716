using ScheduleZero.HandlerAgent.Commands;
using ScheduleZero.HandlerAgent.Connection;

namespace ScheduleZero.HandlerAgent.Diagnosis;

/// <summary>The way to one address, as it was walked.</summary>
/// <param name="Address">The address, without credentials.</param>
/// <param name="IsSound">Whether no step failed.</param>
internal sealed record WalkedWay(string Address, bool IsSound, IReadOnlyList<WayStep> Steps);

/// <summary>Walks the ways to all addresses of a ready agent, with its settings.</summary>
internal static class AgentDoctor
{
    /// <param name="silence">How long silent connections are measured; null for no measurement.</param>
    /// <param name="report">Hears of each step as it is taken, with the address.</param>
    /// <exception cref="ConfigException">The configuration file makes no sense.</exception>
    public static async Task<IReadOnlyList<WalkedWay>> RunAsync(
        CommandAgentSettings settings,
        TimeSpan? silence,
        TimeProvider time,
        Action<string, WayStep> report,
        CancellationToken cancellationToken
    )
    {
        var (options, methods) = CommandAgent.ReadOptions(settings);
        var addresses = options.Bridges.ToList();
        var problems = ProblemsOf(options, hasFile: settings.ConfigFile.Length > 0);
        // A carrier goes on trying an only address for ever.
        options.Bridges.Clear();
        var ways = new List<WalkedWay>();
        foreach (var address in addresses)
        {
            var shown = Redaction.Clean(address, null);
            var steps = new List<WayStep>();
            void Note(WayStep step)
            {
                steps.Add(step);
                report(shown, step);
            }

            var isSound = problems.Count == 0;
            if (isSound)
            {
                var walk = new WayWalk(options, methods, time, Note);
                isSound = await walk.RunAsync(new Uri(address), silence, cancellationToken);
            }
            else
            {
                Note(new WayStep(WayStep.Settings, StepOutcome.Failed, string.Join(' ', problems)));
            }

            ways.Add(new WalkedWay(shown, isSound, steps));
        }

        return ways;
    }

    // Without a file there is no handler, and perhaps no credential; the way can be walked up to the Hello.
    private static List<string> ProblemsOf(HandlerAgentOptions options, bool hasFile) =>
        [
            .. (new HandlerAgentRules().Validate(null, options).Failures ?? []).Where(problem =>
                hasFile
                || !(
                    problem.StartsWith("Handler:", StringComparison.Ordinal)
                    || problem.StartsWith("ApiKey, ", StringComparison.Ordinal)
                    || problem.StartsWith("IdentityFile: it is that", StringComparison.Ordinal)
                )
            ),
        ];
}
