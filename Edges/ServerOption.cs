namespace ScheduleZero.Edges;

/// <summary>One option of a server's command line: readers, help and the list of settings are made of it.</summary>
/// <param name="Name">The name on the command line, such as <c>--history-days</c>.</param>
/// <param name="Variable">The environment variable in place of the option; null for none.</param>
/// <param name="Help">What the option says, as a phrase without a capital and without a full stop.</param>
public sealed record ServerOption(string Name, string? Variable, string Help)
{
    /// <summary>What help calls a value, such as <c>DAYS</c>; null for a flag, which takes no value.</summary>
    public string? ValueName { get; init; }

    /// <summary>Whether the option takes several values.</summary>
    public bool IsList { get; init; }

    /// <summary>The value of the variable that stands for a flag, such as <c>no</c>; null for other options.</summary>
    public string? FlagValue { get; init; }

    /// <summary>What holds when the option is not given, in words; null where help does not say it.</summary>
    public string? Default { get; init; }

    /// <summary>How many values the option takes on a command line; −1 for one or more.</summary>
    public int ValueCount =>
        ValueName is null ? 0
        : IsList ? -1
        : 1;

    /// <summary>What help says: the meaning, the variable, and the default.</summary>
    public string Description =>
        Help
        + (Variable is null ? "" : $" ({Variable}{(FlagValue is null ? "" : $"={FlagValue}")})")
        + (Default is null ? "" : $"; {Default}");
}
