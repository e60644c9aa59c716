using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;

namespace ScheduleZero.Cli.Servers;

/// <summary>
/// The verbs that start servers, each until SIGTERM or Ctrl+C, and those that work on a server's own files; and the
/// parts that the verbs of servers share.
/// </summary>
internal static class ServerVerbs
{
    public static Command[] Create(Terminal terminal) =>
        [
            BrokerVerb.Create(terminal),
            BridgeVerb.Create(terminal),
            AgentVerbs.Create(terminal),
            DoctorVerb.Create(terminal),
            DevVerb.Create(terminal),
            AdminVerbs.Create(terminal),
        ];

    /// <summary>
    /// Gives the verb an action that reads a server's settings, and serves until it is asked to stop.
    /// </summary>
    /// <typeparam name="TSettings">The settings of the server.</typeparam>
    /// <typeparam name="TRefusal">The exception that says what is wrong with the settings.</typeparam>
    /// <param name="read">Reads the settings from the flags and the environment.</param>
    /// <param name="serve">Serves until its token is cancelled; returns the exit code.</param>
    public static void Serve<TSettings, TRefusal>(
        Verb verb,
        Terminal terminal,
        Func<ParseResult, TSettings> read,
        Func<TSettings, CancellationToken, Task<int>> serve
    )
        where TRefusal : Exception =>
        verb.SetAction(
            (parsed, cancellationToken) =>
                ServerProgram.UntilStoppedAsync(
                    async stop =>
                    {
                        TSettings settings;
                        try
                        {
                            settings = read(parsed);
                        }
                        catch (TRefusal e)
                        {
                            await terminal.Error.WriteLineAsync($"error: {e.Message}");
                            return ExitCodes.Usage;
                        }

                        return await serve(settings, stop);
                    },
                    cancellationToken
                )
        );

    /// <summary>
    /// Makes an option that takes addresses, several at a time: <c>--router A B</c> means <c>--router A --router B</c>.
    /// </summary>
    public static Option<string[]> AddressesOption(string name, string description, string valueName)
    {
        var option = Values.Many(name, description, valueName);
        // The verbs of servers have no arguments that the option could swallow.
        option.AllowMultipleArgumentsPerToken = true;
        return option;
    }

    /// <summary>
    /// Reads the values of an option, splitting each as the value of an environment variable is split; null when the
    /// option was not given.
    /// </summary>
    public static string[]? Given(ParseResult parsed, Option<string[]> option) =>
        parsed.GetValue(option) is { Length: > 0 } values
            ? [.. values.SelectMany(value => CommandFlags.Split(value) ?? [])]
            : null;
}
