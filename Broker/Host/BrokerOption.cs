using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host;

/// <summary>One option of the Broker, and how its value is read from the settings that are in force.</summary>
/// <param name="Line">The option as the command line has it.</param>
/// <param name="Read">The values of the option within settings, as the command line would take them.</param>
internal sealed record BrokerOption(
    ServerOption Line,
    SettingGroup Group,
    Func<BrokerSettings, IEnumerable<string?>> Read
)
{
    /// <summary>The unit of the value; null where it has none.</summary>
    public string? Unit { get; init; }

    /// <summary>What it means that there is no value; null where it means nothing.</summary>
    public string? EmptyMeans { get; init; }

    /// <summary>Whether the value never leaves the process.</summary>
    public bool IsSecret { get; init; }

    /// <summary>The default, where it depends on another setting that is in force; null where it does not.</summary>
    public Func<BrokerSettings, IEnumerable<string?>>? DefaultWithin { get; init; }

    /// <summary>The setting as REST shows it.</summary>
    public SettingView View(BrokerSettings settings)
    {
        var values = ValuesOf(Read(settings));
        var untouched = ValuesOf(Read(new BrokerSettings()));
        var defaults = DefaultWithin is null ? untouched : ValuesOf(DefaultWithin(settings));
        return new SettingView
        {
            Name = Line.Name,
            Variable = Line.Variable,
            Group = Group,
            Description = char.ToUpperInvariant(Line.Help[0]) + Line.Help[1..],
            Source = settings.SourceOf(Line.Name) ?? SourceOf(values, defaults, untouched),
            Values = IsSecret ? null : values,
            DefaultValues = IsSecret ? null : defaults,
            EmptyMeans = EmptyMeans,
            Unit = Unit,
            IsSecret = IsSecret,
            IsSet = values.Count > 0,
        };
    }

    /// <summary>The source of a value in settings that no command line made.</summary>
    private static SettingSource SourceOf(List<string> values, params List<string>[] defaults) =>
        defaults.Any(values.SequenceEqual) ? SettingSource.Default : SettingSource.Program;

    private static List<string> ValuesOf(IEnumerable<string?> values) =>
        [.. values.Where(value => !string.IsNullOrEmpty(value)).Select(value => WithoutPassword(value!))];

    /// <summary>The value with <c>***</c> in place of the credentials that a URL may have before its host.</summary>
    private static string WithoutPassword(string value)
    {
        if (value.IndexOf("://", StringComparison.Ordinal) is not (>= 0 and var scheme))
        {
            return value;
        }

        var begin = scheme + 3;
        var end = value.AsSpan(begin).IndexOfAny('/', '?', '#') is >= 0 and var length ? begin + length : value.Length;
        var at = value.LastIndexOf('@', end - 1, end - begin);
        return at < 0 ? value : $"{value[..begin]}***{value[at..]}";
    }
}
