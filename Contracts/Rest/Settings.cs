namespace ScheduleZero.Contracts.Rest;

/// <summary>What a setting of the Broker is about.</summary>
public enum SettingGroup
{
    /// <summary>The store and the room on its disk.</summary>
    Storage,

    /// <summary>How long records are stored.</summary>
    Retention,

    /// <summary>Where REST and the dashboard listen, and their certificates.</summary>
    Listeners,

    /// <summary>Certificates that a CA issues.</summary>
    Acme,

    /// <summary>The endpoints for handlers and Bridges, and their encryption.</summary>
    Router,

    /// <summary>How much is served and run at once.</summary>
    Limits,

    /// <summary>Who may connect and sign in.</summary>
    Access,

    /// <summary>How notices of alerts leave the Broker.</summary>
    Alerts,
}

/// <summary>Where the value of a setting came from.</summary>
public enum SettingSource
{
    /// <summary>Nobody set it.</summary>
    Default,

    /// <summary>The command line of the Broker.</summary>
    CommandLine,

    /// <summary>An environment variable.</summary>
    Environment,

    /// <summary>The program that runs the Broker within itself, such as <c>schedulezero dev</c>.</summary>
    Program,
}

/// <summary>A setting of the Broker, with the value that is in force since the Broker's start.</summary>
public sealed record SettingView
{
    /// <summary>
    /// The name on the command line, such as <c>--history-days</c>; the name of the variable where there is no option.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The environment variable in place of the option; missing where there is none.</summary>
    public string? Variable { get; init; }

    public required SettingGroup Group { get; init; }

    /// <summary>What the setting means, as the help of the command line says it.</summary>
    public required string Description { get; init; }

    public required SettingSource Source { get; init; }

    /// <summary>
    /// The value in force; several for a list, and none where nothing is set. Missing for a secret. Credentials within
    /// a URL are shown as <c>***</c>.
    /// </summary>
    public IReadOnlyList<string>? Values { get; init; }

    /// <summary>The value when nobody sets it; missing for a secret.</summary>
    public IReadOnlyList<string>? DefaultValues { get; init; }

    /// <summary>What having no value means, such as <c>no limit</c>; missing where it means nothing.</summary>
    public string? EmptyMeans { get; init; }

    /// <summary>The unit of the value, such as <c>days</c>; missing where it has none.</summary>
    public string? Unit { get; init; }

    /// <summary>Whether the value is a secret, which never leaves the Broker.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Whether there is a value, also of a secret.</summary>
    public required bool IsSet { get; init; }
}
