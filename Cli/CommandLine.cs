using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using ScheduleZero.Cli.Alerts;
using ScheduleZero.Cli.Calendars;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Jobs;
using ScheduleZero.Cli.Output;
using ScheduleZero.Cli.Schedules;
using ScheduleZero.Cli.Users;

namespace ScheduleZero.Cli;

/// <summary>The tree of all verbs, and how a command line is parsed and run.</summary>
internal static class CommandLine
{
    public const string RootNotes =
        ConnectionSettings.Order + "\nData goes to standard output, all else to standard error.\n";

    /// <summary>Parses a command line, runs the verb that it names, and answers the exit code.</summary>
    /// <param name="serverVerbs">The verbs that start servers, given by the composition root.</param>
    public static async Task<int> RunAsync(
        string[] args,
        Terminal terminal,
        CancellationToken cancellationToken,
        params Command[] serverVerbs
    )
    {
        // The library's response files are off: here an @ begins @daily, or a file name such as @params.json.
        var parsed = Build(terminal, serverVerbs)
            .Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (
            parsed.Action is ParseErrorAction or null
            || (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
        )
        {
            return Explain(parsed, terminal);
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
        };
        if (serverVerbs.Contains(parsed.CommandResult.Command))
        {
            // Servers handle signals themselves, and take the time that a clean stop needs. The library would end the
            // process after 2 s.
            configuration.ProcessTerminationTimeout = null;
        }

        return await parsed.InvokeAsync(configuration, cancellationToken);
    }

    public static RootCommand Build(Terminal terminal, params Command[] serverVerbs)
    {
        var shell = new Shell(terminal);
        var root = new RootCommand("ScheduleZero: jobs and schedules for machines that nobody can dial.");
        foreach (var command in serverVerbs)
        {
            root.Add(command);
        }

        root.Add(JobsVerbs.Create(shell));
        root.Add(BatchesVerbs.Create(shell));
        root.Add(SchedulesVerbs.Create(shell));
        root.Add(CalendarsVerbs.Create(shell));
        root.Add(AlertsVerbs.Create(shell));
        root.Add(HandlersVerbs.Create(shell));
        root.Add(MethodsVerbs.Create(shell));
        root.Add(KeysVerbs.Create(shell));
        root.Add(LoginVerbs.Login(shell));
        root.Add(LoginVerbs.Logout(shell));
        root.Add(LoginVerbs.WhoAmI(shell));
        root.Add(AccountVerbs.Create(shell));
        root.Add(UsersVerbs.Create(shell));
        root.Add(RolesVerbs.Create(shell));
        root.Add(NamespacesVerbs.Create(shell));
        root.Add(EnrolmentsVerbs.Create(shell));
        root.Add(ExecutionsVerbs.Create(shell));
        root.Add(AuditVerbs.Create(shell));
        root.Add(EventsVerb.Create(shell));
        root.Add(LogsVerb.Create(shell));
        root.Add(StatusVerb.Create(shell));
        root.Add(LinksVerb.Create(shell));
        root.Add(SettingsVerb.Create(shell));
        root.Add(CurveVerbs.Create(shell));
        root.Add(ProfilesVerbs.Create(shell));
        shell.Options.AddTo(root);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Says what is wrong with a command line, or how one goes on that ends with a noun.</summary>
    private static int Explain(ParseResult parsed, Terminal terminal)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.Errors.Count == 0 || command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            // The line ends with a noun: the help of the noun lists the verbs that may follow.
            command.Parse("--help").Invoke(new InvocationConfiguration { Output = terminal.Error });
            return ExitCodes.Usage;
        }

        foreach (var error in ErrorsOf(parsed))
        {
            terminal.Error.WriteLine($"error: {PlainText.Clean(error)}");
        }

        var path = string.Join(' ', Ancestry(parsed.CommandResult).Reverse());
        terminal.Error.WriteLine($"See: {path} --help");
        return ExitCodes.Usage;
    }

    // If a word is not understood, only that word is named: the other errors of the parser follow from it.
    private static IEnumerable<string> ErrorsOf(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is [var word, ..])
        {
            var hint = Typos.Nearest(word, parsed.CommandResult) is { } meant ? $" Did you mean '{meant}'?" : "";
            return [$"'{word}' is not understood here.{hint}"];
        }

        return parsed.Errors.Select(error =>
            MissingArgumentOf(error) is { } missing
                ? $"{missing.Name} is missing: {missing.Description}"
                : error.Message
        );
    }

    private static Argument? MissingArgumentOf(ParseError error) =>
        error.SymbolResult is ArgumentResult { Tokens.Count: 0, Parent: CommandResult } result ? result.Argument : null;

    /// <summary>The names of a command and of those above it, from the command up to the program.</summary>
    private static IEnumerable<string> Ancestry(SymbolResult? result)
    {
        for (; result is CommandResult command; result = result.Parent)
        {
            yield return command.Command is RootCommand ? "schedulezero" : command.Command.Name;
        }
    }
}
