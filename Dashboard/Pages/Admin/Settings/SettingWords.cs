using System.Globalization;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Settings;

/// <summary>Says what settings of the Broker are, and finds them by words.</summary>
internal static class SettingWords
{
    /// <summary>How many values of one list a page shows.</summary>
    public const int ValuesMax = 10;

    private const int LengthMax = 300;

    public static string TitleOf(SettingGroup group) =>
        group switch
        {
            SettingGroup.Storage => "Store and disk",
            SettingGroup.Retention => "How long records are kept",
            SettingGroup.Listeners => "REST, dashboard and TLS",
            SettingGroup.Acme => "Certificates from a CA (ACME)",
            SettingGroup.Router => "Handlers and Bridges",
            SettingGroup.Limits => "Limits of work and requests",
            SettingGroup.Access => "Who may connect and sign in",
            SettingGroup.Alerts => "Notices of alerts",
            _ => $"{group}",
        };

    public static string Of(SettingSource source) =>
        source switch
        {
            SettingSource.Default => "default",
            SettingSource.CommandLine => "command line",
            SettingSource.Environment => "environment",
            SettingSource.Program => "its program",
            _ => $"{source}",
        };

    /// <summary>The values in force, each fit to be shown; one text that says so where there is none.</summary>
    public static IReadOnlyList<string> ValuesOf(SettingView setting) =>
        setting.IsSecret ? [setting.IsSet ? "set, and never shown" : "not set"] : ValuesOf(setting, setting.Values);

    /// <summary>The default on one line, where another value is in force; nothing for a secret.</summary>
    public static string DefaultOf(SettingView setting) =>
        setting.IsSecret || (setting.Values ?? []).SequenceEqual(setting.DefaultValues ?? [])
            ? ""
            : string.Join(", ", ValuesOf(setting, setting.DefaultValues));

    /// <summary>What the setting means, and the variable in place of its option.</summary>
    public static string MeaningOf(SettingView setting) =>
        setting.Variable is { } variable && variable != setting.Name
            ? $"{setting.Description} ({variable})"
            : setting.Description;

    /// <summary>Whether each word of a search stands somewhere in a setting.</summary>
    public static bool Has(SettingView setting, string search) =>
        search
            .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .All(word =>
                TextsOf(setting).Any(text => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true)
            );

    /// <summary>A number with its thousands apart; another text as it is, fit to be shown.</summary>
    private static string Number(string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? NumberText.Whole(number)
            : ForeignText.Short(value, LengthMax);

    private static IEnumerable<string?> TextsOf(SettingView setting) =>
        [
            setting.Name,
            setting.Variable,
            setting.Description,
            setting.Unit,
            setting.EmptyMeans,
            TitleOf(setting.Group),
            Of(setting.Source),
            .. setting.Values ?? [],
        ];

    private static List<string> ValuesOf(SettingView setting, IReadOnlyList<string>? values)
    {
        if (values is not { Count: > 0 })
        {
            return [setting.EmptyMeans is { } words ? ForeignText.Short(words) : "not set"];
        }

        List<string> shown =
        [
            .. values
                .Take(ValuesMax)
                .Select(value =>
                    setting.Unit is { } unit ? $"{Number(value)} {unit}" : ForeignText.Short(value, LengthMax)
                ),
        ];
        if (values.Count > ValuesMax)
        {
            shown.Add($"and {NumberText.Whole(values.Count - ValuesMax)} more");
        }

        return shown;
    }
}
