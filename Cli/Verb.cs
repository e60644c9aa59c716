using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ScheduleZero.Cli.Configuration;

namespace ScheduleZero.Cli;

/// <summary>A command that has examples in its help.</summary>
/// <param name="name">The word that is typed.</param>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;
}

/// <summary>
/// Prints the help of the library, then the form of durations and instants where the command takes any, then examples;
/// for the program itself also the order of settings and the exit codes.
/// </summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        inner.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command;
        var valueNames = command.Options.Select(option => option.HelpName).ToHashSet();
        if (valueNames.Contains(Values.DurationName))
        {
            output.WriteLine($"{Values.DurationName} is such as 30s, 5m, 2h, 1d, or ISO 8601: PT30S.");
        }

        if (valueNames.Contains(Values.InstantName))
        {
            output.WriteLine(
                $"{Values.InstantName} is such as 2026-12-31T08:00:00Z (UTC unless it says otherwise), +10m "
                    + "from now, or -7d before now."
            );
        }

        if (command is Verb { Examples.Count: > 0 } verb)
        {
            output.WriteLine("Examples:");
            foreach (var example in verb.Examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        if (command is RootCommand)
        {
            output.WriteLine(CommandLine.RootNotes);
            output.WriteLine(ExitCodes.Table);
        }

        return ExitCodes.Ok;
    }
}
