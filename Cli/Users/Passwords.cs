using System.CommandLine;

namespace ScheduleZero.Cli.Users;

/// <summary>
/// Asks for passwords. No flag takes a password, since other users of the machine could see it in the process list.
/// </summary>
internal static class Passwords
{
    /// <summary>Makes the option that says that passwords come from standard input.</summary>
    public static Option<bool> FromInput(string what = "the password") =>
        new("--password-stdin") { Description = $"Read {what} from standard input, one line" };

    /// <summary>Reads a password from standard input if the option says so; null otherwise, without asking.</summary>
    /// <exception cref="UsageException">Standard input holds no password.</exception>
    public static async Task<string?> ReadAsync(
        Call call,
        Option<bool> fromInput,
        CancellationToken cancellationToken
    ) => call.Value(fromInput) ? await ReadLineAsync(call.Terminal, cancellationToken) : null;

    /// <summary>Reads a password from standard input if the option says so; asks a person for it otherwise.</summary>
    /// <exception cref="UsageException">Standard input holds no password, or there is nobody to ask.</exception>
    public static async Task<string> AskAsync(
        Call call,
        Option<bool> fromInput,
        string prompt,
        CancellationToken cancellationToken
    ) => call.Value(fromInput) ? await ReadLineAsync(call.Terminal, cancellationToken) : Ask(call.Terminal, prompt);

    /// <summary>Asks a person for a new password, twice.</summary>
    /// <exception cref="UsageException">There is nobody to ask, or the two differ.</exception>
    public static string AskNew(Terminal terminal)
    {
        var password = Ask(terminal, "New password (15 characters at least; a few words do): ");
        return Ask(terminal, "Once more: ") == password
            ? password
            : throw new UsageException("The two are not the same.");
    }

    private static async Task<string> ReadLineAsync(Terminal terminal, CancellationToken cancellationToken) =>
        await terminal.In.ReadLineAsync(cancellationToken)
        ?? throw new UsageException("Standard input holds no password.");

    private static string Ask(Terminal terminal, string prompt) =>
        terminal.AskSecret(prompt) is { Length: > 0 } typed
            ? typed
            : throw new UsageException(
                "A password is needed. Nobody is here to type it: give it with --password-stdin."
            );
}
