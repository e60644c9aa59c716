namespace ScheduleZero.Dashboard.Pages.RunJob;

/// <summary>How a field of params is asked for.</summary>
public enum FieldKind
{
    Text,
    Number,
    Integer,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>One of a few values.</summary>
    Choice,

    /// <summary>Anything else, as JSON.</summary>
    Json,
}

/// <summary>A field of params, as the schema of a method describes it.</summary>
/// <param name="Help">What may stand there, in words; null when the schema says nothing.</param>
/// <param name="Choices">The values of a choice, as JSON; empty for other fields.</param>
public sealed record SchemaField(
    string Name,
    FieldKind Kind,
    bool IsRequired,
    string? Help,
    IReadOnlyList<string> Choices
)
{
    /// <summary>
    /// What somebody has typed, as text; for a choice and a flag the JSON of the value. Empty for nothing.
    /// </summary>
    public string Text { get; set; } = "";

    /// <summary>What is wrong with the text; null when nothing is known to be.</summary>
    public string? Error { get; set; }
}
