using System.CommandLine;

namespace ScheduleZero.Cli.Users;

/// <summary>Asks for passwords. There is no flag for one: others could see it in the process list.</summary>
internal static class Passwords
{
    public static Option<bool> FromInput(string what = "the password") =>
        new("--password-stdin") { Description = $"Read {what} from standard input, one line" };

    /// <exception cref="UsageException">There is nobody to ask.</exception>
    public static async Task<string> AskAsync(
        Call call,
        Option<bool> fromInput,
        string prompt,
        CancellationToken cancellationToken
    )
    {
        if (call.Value(fromInput))
        {
            return await call.Terminal.In.ReadLineAsync(cancellationToken)
                ?? throw new UsageException("Standard input holds no password.");
        }

        return Ask(call.Terminal, prompt);
    }

    /// <summary>A new one, typed twice.</summary>
    /// <exception cref="UsageException">There is nobody to ask, or the two differ.</exception>
    public static string AskNew(Terminal terminal)
    {
        var password = Ask(terminal, "New password (15 characters at least; a few words do): ");
        return Ask(terminal, "Once more: ") == password
            ? password
            : throw new UsageException("The two are not the same.");
    }

    private static string Ask(Terminal terminal, string prompt) =>
        terminal.AskSecret(prompt) is { Length: > 0 } typed
            ? typed
            : throw new UsageException(
                "A password is needed. Nobody is here to type it: give it with --password-stdin."
            );
}
