namespace ScheduleZero.Cli;

/// <summary>All that the command line takes from and gives to its process.</summary>
internal sealed record Terminal
{
    private const int WidthDefault = 80;

    public required TextReader In { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether a person looks at <see cref="Out"/>: colours, boxes and live lines are for them only.</summary>
    public required bool IsInteractive { get; init; }

    /// <summary>Cells in a line of <see cref="Out"/>, asked for at each table: a window may be made larger.</summary>
    public Func<int> Width { get; init; } = () => WidthDefault;

    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Takes a secret that has been read out of the environment.</summary>
    public Action<string> EraseVariable { get; init; } = static _ => { };

    public required TimeProvider Time { get; init; }

    /// <summary>Asks a person for something that must not be seen; null when there is nobody to ask.</summary>
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

    /// <summary>An empty variable counts as not set.</summary>
    public string? Setting(string name) => Variable(name) is { Length: > 0 } value ? value : null;

    /// <summary>
    /// The same for a secret that a server runs with: nobody can read it from the environment any more.
    /// </summary>
    public string? TakeSecret(string name)
    {
        var value = Setting(name);
        EraseVariable(name);
        return value;
    }

    // A terminal that does not say how wide it is says 0.
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
