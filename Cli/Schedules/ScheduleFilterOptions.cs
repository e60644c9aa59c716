using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Schedules;

/// <summary>
/// The options that say which schedules a list shows, and in which order; all that are given must hold.
/// </summary>
internal sealed class ScheduleFilterOptions
{
    private readonly Option<ScheduleOrder?> _order = Values.Word<ScheduleOrder>(
        "--order",
        "By name [default], or next"
    );
    private readonly Option<ScheduleState?> _state = Values.Word<ScheduleState>(
        "--state",
        "Only schedules in this state"
    );
    private readonly Option<string?> _method = Values.Text("--method", "Only schedules of this method", "NAME");
    private readonly Option<string?> _handler = Values.Text("--handler", "Only schedules for this handler", "NAME");
    private readonly Option<string?> _calendar = Values.Text("--calendar", "Only schedules with this calendar", "NAME");
    private readonly Option<OfflinePolicy?> _offline = Values.Word<OfflinePolicy>("--offline", "Only such schedules");
    private readonly Option<string?> _query = Values.Text("--query", "Text in name, method, owner or note", "TEXT");

    public void AddTo(Command verb)
    {
        foreach (var option in (Option[])[_order, _state, _method, _handler, _calendar, _offline, _query])
        {
            verb.Options.Add(option);
        }
    }

    public ScheduleFilter Read(Call call) =>
        new()
        {
            Order = call.Value(_order),
            State = call.Value(_state),
            Method = call.Value(_method),
            Handler = call.Value(_handler),
            Calendar = call.Value(_calendar),
            Offline = call.Value(_offline),
            Query = call.Value(_query),
        };
}
