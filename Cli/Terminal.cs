namespace ScheduleZero.Cli;

/// <summary>
/// Everything of its process that the command line uses: streams, environment variables, the clock, and a person who
/// may be there.
/// </summary>
internal sealed record Terminal
{
    private const int WidthDefault = 80;

    public required TextReader In { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>
    /// Whether a person sees <see cref="Out"/>. Colours, and tables that fit the window, are for people only.
    /// </summary>
    public required bool IsInteractive { get; init; }

    /// <summary>
    /// Counts the cells in a line of <see cref="Out"/>. Called for each table, since a window may have been resized.
    /// </summary>
    public Func<int> Width { get; init; } = () => WidthDefault;

    /// <summary>Reads an environment variable; null when the variable is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Removes a variable that holds a secret from the environment.</summary>
    public Action<string> EraseVariable { get; init; } = static _ => { };

    public required TimeProvider Time { get; init; }

    /// <summary>
    /// Asks a person for a secret, without showing what is typed; null when there is nobody to ask.
    /// </summary>
    public required Func<string, string?> AskSecret { get; init; }

    public static Terminal OfProcess() =>
        new()
        {
            In = Console.In,
            Out = Console.Out,
            Error = Console.Error,
            IsInteractive = !Console.IsOutputRedirected,
            Width = WidthOfConsole,
            Variable = Environment.GetEnvironmentVariable,
            EraseVariable = Edges.SecretVariables.Erase,
            Time = TimeProvider.System,
            AskSecret = AskSecretOfConsole,
        };

    /// <summary>Reads an environment variable; null when the variable is empty or not set.</summary>
    public string? Setting(string name) => Variable(name) is { Length: > 0 } value ? value : null;

    /// <summary>
    /// Reads a variable that holds a secret of a server, and removes it, so that nobody can read the secret from the
    /// environment of the running server; null when the variable is empty or not set.
    /// </summary>
    public string? TakeSecret(string name)
    {
        var value = Setting(name);
        EraseVariable(name);
        return value;
    }

    // A terminal that does not know its width says 0.
    private static int WidthOfConsole()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : WidthDefault;
        }
        catch (IOException)
        {
            return WidthDefault;
        }
    }

    private static string? AskSecretOfConsole(string prompt)
    {
        if (Console.IsInputRedirected)
        {
            return null;
        }

        Console.Error.Write(prompt);
        var typed = new System.Text.StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (key.KeyChar != '\0')
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
