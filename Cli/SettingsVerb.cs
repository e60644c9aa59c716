using System.CommandLine;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero settings</c>.</summary>
internal static class SettingsVerb
{
    private static readonly IReadOnlyList<Column<SettingView>> Columns =
    [
        new("SETTING", setting => setting.Name),
        new("VALUE", Value, Fit.Prose),
        new("FROM", setting => PlainText.Word(setting.Source)),
        new("DEFAULT", setting => Text(setting.DefaultValues, setting), Fit.Lesser),
        new("UNIT", setting => setting.Unit, Fit.Lesser),
        new("VARIABLE", setting => setting.Variable, Fit.Lesser),
    ];

    public static Command Create(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb(
                "settings",
                "Show the settings of the Broker that are in force, and where each came from",
                "schedulezero settings",
                "schedulezero settings -o json | jq '.items[] | select(.source != \"default\")'"
            ),
            (call, page, token) => call.Client.Settings.ListAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageSettingView,
            Columns
        );

    private static string? Value(SettingView setting) =>
        setting.IsSecret ? (setting.IsSet ? "set, not shown" : "not set") : Text(setting.Values, setting);

    private static string? Text(IReadOnlyList<string>? values, SettingView setting) =>
        values is [] ? setting.EmptyMeans : PlainText.List(values);
}
