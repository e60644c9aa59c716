using Microsoft.AspNetCore.Components;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Components;
using ScheduleZero.Dashboard.Pages.Alerts;
using ScheduleZero.Dashboard.Pages.Handlers;
using ScheduleZero.Dashboard.Pages.Schedules;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Activity;

// What the page of events reads; the other half says how it looks.
public sealed partial class ActivityPage
{
    [SupplyParameterFromQuery(Name = "type")]
    public string? Types { get; set; }

    [SupplyParameterFromQuery(Name = "method")]
    public string? Method { get; set; }

    [SupplyParameterFromQuery(Name = "handler")]
    public string? Handler { get; set; }

    [SupplyParameterFromQuery(Name = "schedule")]
    public string? Schedule { get; set; }

    [SupplyParameterFromQuery(Name = "job")]
    public string? Job { get; set; }

    private EventAddress Address =>
        new()
        {
            Types = Types ?? "",
            Method = Method ?? "",
            Handler = Handler ?? "",
            Schedule = Schedule ?? "",
            Job = Job ?? "",
        };

    private bool HasJobId => string.IsNullOrEmpty(Job) || JobId.TryParse(Job, out _);

    private IReadOnlyList<Tab> Tabs =>
        [
            TabOf("All", ""),
            .. EventTypes.Kinds.Select(kind => TabOf(EventText.KindLabel(kind), kind)),
            TabOf("May need a person", string.Join(',', EventText.Troubles)),
        ];

    private string FootWords =>
        (
            Shown!.Count == RowsMax
                ? $"The newest {RowsMax} events are shown."
                : $"{NumberText.Of(Shown.Count, "event", "events")} since {Session.Times.Short(Since)}; "
                    + "what happened before is not held here."
        ) + Omissions;

    /// <inheritdoc/>
    protected override object Choice => Address;

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        if (!Session.May("events:read", Namespace) && Session.May("jobs:read", Namespace))
        {
            Navigation.NavigateTo(ActivityTabs.LogsPath(Namespace), replace: true);
        }
    }

    private protected override Func<StreamNotes, CancellationToken, IAsyncEnumerable<BrokerEvent>>? StreamOf()
    {
        var (client, filter) = (Client, Address.ToFilter(RowsMax));
        return HasJobId ? (notes, stop) => client.EventsAsync(filter, notes, stop) : null;
    }

    private Tab TabOf(string label, string types) =>
        new(label, (Address with { Types = types }).ToPath(Namespace), Address.Types == types);

    // The page of what an event is about; null where that is gone, or not open to the user.
    private string? PathOf(BrokerEvent happened) =>
        happened.Type is "schedule.deleted" or "calendar.deleted"
            ? null
            : PathOf(EventTypes.KindOf(happened.Type), happened.Subject);

    private string? PathOf(string kind, string? name) =>
        name is null
            ? null
            : kind switch
            {
                "job" or "batch" when Session.May("jobs:read", Namespace) => kind == "job"
                    ? $"ns/{Namespace}/jobs/{Uri.EscapeDataString(name)}"
                    : $"ns/{Namespace}/batches/{Uri.EscapeDataString(name)}",
                "schedule" when Session.May("schedules:read", Namespace) => SchedulePaths.Of(Namespace, name),
                "handler" when Session.May("handlers:read", Namespace) => HandlerPage.PathOf(Namespace, name),
                "method" when Session.May("handlers:read", Namespace) => PagePath.OfMethod(Namespace, name),
                "calendar" when Session.May("calendars:read", Namespace) =>
                    $"ns/{Namespace}/calendars/{Uri.EscapeDataString(name)}",
                "alert" when Session.May("alerts:read", Namespace) => AlertPaths.Rule(Namespace, name),
                _ => null,
            };

    // What an event is about stands there once.
    private static string? HandlerOf(BrokerEvent happened) =>
        happened.Handler == happened.Subject ? null : happened.Handler;

    private static string? ScheduleOf(BrokerEvent happened) =>
        happened.Schedule == happened.Subject ? null : happened.Schedule;

    private static string? BlankUnless(string? value) => string.IsNullOrEmpty(value) ? "blank" : null;
}
