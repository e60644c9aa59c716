using Microsoft.AspNetCore.Components;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Components;
using ScheduleZero.Dashboard.Pages.Handlers;
using ScheduleZero.Dashboard.Pages.Schedules;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Activity;

// What the page of events reads; the other half says how it looks.
public sealed partial class ActivityPage
{
    /// <summary>How many events the page holds and shows at most.</summary>
    public const int RowsMax = 500;

    private EventReading? _reading;

    /// <summary>The namespace and the address that the reading is for.</summary>
    private (string Namespace, EventAddress Address)? _read;

    private IReadOnlyList<BrokerEvent>? _shown;
    private DateTimeOffset _since;

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

    private string FootWords
    {
        get
        {
            var rows = _reading!.Rows;
            var words =
                _shown!.Count == RowsMax
                    ? $"The newest {RowsMax} events are shown."
                    : $"{NumberText.Of(_shown.Count, "event", "events")} since {Session.Times.Short(_since)}; "
                        + "what happened before is not held here.";
            return words
                + (
                    rows.LeftOut == 0
                        ? ""
                        : $" {NumberText.Of(rows.LeftOut, "was", "were")} left out: more came at once."
                )
                + (rows.HasLost ? " Some were lost between the Broker and this page." : "");
        }
    }

    /// <inheritdoc/>
    // The page reads events itself, of its own choice.
    protected override bool Concerns(BrokerEvent happened) => false;

    /// <inheritdoc/>
    protected override async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (_read != (Namespace, Address))
        {
            Begin();
        }

        if (_reading is not { } reading)
        {
            return;
        }

        try
        {
            var since = await reading.Begun.WaitAsync(cancellationToken);
            if (reading.Failure is { } failure)
            {
                throw failure;
            }

            reading.Rows.Draw();
            if (reading == _reading)
            {
                (_shown, _since) = (reading.Rows.Shown, since);
            }
        }
        catch (TaskCanceledException) when (reading != _reading)
        {
            // Other events are wanted meanwhile, and are being read.
        }
        catch (ScheduleZero.Client.ScheduleZeroException) when (reading == _reading)
        {
            // The next read tries again.
            _read = null;
            throw;
        }
    }

    /// <inheritdoc/>
    protected override ValueTask CloseAsync()
    {
        _reading?.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Begin()
    {
        _reading?.Dispose();
        (_reading, _shown, _read) = (null, null, (Namespace, Address));
        if (HasJobId)
        {
            _reading = new EventReading(Client, Address.ToFilter(RowsMax), new EventRows(RowsMax), Wake);
        }
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
                "calendar" when Session.May("calendars:read", Namespace) =>
                    $"ns/{Namespace}/calendars/{Uri.EscapeDataString(name)}",
                _ => null,
            };

    // What an event is about stands there once.
    private static string? HandlerOf(BrokerEvent happened) =>
        happened.Handler == happened.Subject ? null : happened.Handler;

    private static string? ScheduleOf(BrokerEvent happened) =>
        happened.Schedule == happened.Subject ? null : happened.Schedule;

    private static string? BlankUnless(string? value) => string.IsNullOrEmpty(value) ? "blank" : null;
}
