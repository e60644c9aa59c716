using System.CommandLine;
using System.Globalization;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero methods …</c>.</summary>
internal static class MethodsVerbs
{
    private static readonly IReadOnlyList<Column<MethodView>> Columns =
    [
        new("METHOD", method => method.Name),
        new("STATE", StateOf),
        new("HANDLERS", method => $"{method.Handlers.Count}"),
        new("AWAY", method => $"{method.AwayHandlers}", Fit.Lesser),
        new("WAITING", method => $"{method.WaitingJobs}"),
        new("RUNNING", method => $"{method.RunningJobs}"),
        new("LIMITS", method => NamedLimits.Text(method.Limits), Fit.Prose),
        new("DESCRIPTION", method => method.Description, Fit.Prose),
    ];

    private static readonly IReadOnlyList<Column<MethodOffer>> OfferColumns =
    [
        new("HANDLERS", offer => PlainText.List(offer.Handlers), Fit.Prose),
        new("AGENTS", offer => PlainText.List(offer.Agents), Fit.Prose),
        new("SCHEMA", SchemaOf),
        new("AT ONCE", offer => offer.MaxConcurrent is { } most ? $"{most}" : null, Fit.Lesser),
    ];

    public static Command Create(Shell shell) =>
        new Verb("methods", "Kinds of work: who offers them, what waits and runs, and their limits")
        {
            List(shell),
            Get(shell),
            Pause(shell),
            Resume(shell),
        };

    private static Argument<string> NameArgument() => new("NAME") { Description = "The method's name" };

    private static Verb List(Shell shell)
    {
        var all = new Option<bool>("--unoffered")
        {
            Description = "Also those that no handler offers now and that are not paused",
        };
        var text = Values.Text("--text", "Only those that have this text in name or description", "TEXT");
        return CommonVerbs.List(
            shell,
            new Verb("list", "List methods", "schedulezero methods list", "schedulezero methods list --unoffered")
            {
                all,
                text,
            },
            (call, page, token) =>
                call.Client.Methods.ListAsync(call.Value(all), call.Value(text), page.Limit, page.Cursor, token),
            RestJson.Default.PageMethodView,
            Columns
        );
    }

    private static Verb Get(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb(
                "get",
                "Show one method and what its handlers publish; its schema with -o json",
                "schedulezero methods get reports.render"
            ),
            NameArgument(),
            (call, name, token) => call.Client.Methods.GetAsync(name, token),
            Print
        );

    private static void Print(Call call, MethodView method) =>
        call.Printer.Answer(
            method,
            RestJson.Default.MethodView,
            shown =>
            {
                call.Printer.Details(Details(shown));
                if (shown.Offers is { Count: > 0 } offers)
                {
                    call.Printer.Line("");
                    call.Printer.Table(OfferColumns, offers);
                }
            }
        );

    private static IEnumerable<(string Name, string? Value)> Details(MethodView method) =>
        [
            ("name", method.Name),
            ("state", StateOf(method)),
            ("description", method.Description),
            ("paused by", method.Pause?.By),
            ("paused at", PlainText.Instant(method.Pause?.At)),
            ("paused until", PlainText.Instant(method.Pause?.Until)),
            ("reason", method.Pause?.Reason),
            ("handlers", PlainText.List(method.Handlers)),
            ("handlers that are away", method.AwayHandlers > 0 ? $"{method.AwayHandlers}" : null),
            ("waiting jobs", method.WaitingJobs?.ToString(CultureInfo.InvariantCulture)),
            ("running jobs", method.RunningJobs?.ToString(CultureInfo.InvariantCulture)),
            ("limits", NamedLimits.Text(method.Limits)),
            ("begun in the period", method.Begun?.ToString(CultureInfo.InvariantCulture)),
        ];

    private static string StateOf(MethodView method) =>
        method.Pause is not null ? "paused"
        : method.Handlers.Count > 0 ? "offered"
        : "no handler";

    private static Verb Pause(Shell shell)
    {
        var reason = new Option<string>("--reason")
        {
            Description = "Why; everybody who may see the method reads it",
            HelpName = "TEXT",
            Required = true,
        };
        var until = Values.Instant("--until", "When the pause ends by itself [default: never]", shell.Terminal.Time);
        return CommonVerbs.Act(
            shell,
            new Verb(
                "pause",
                "Let no attempt of a method begin; what runs goes on",
                "schedulezero methods pause mail.send --reason 'The mail server moves' --until +2h"
            )
            {
                reason,
                until,
            },
            NameArgument(),
            async (call, name, token) =>
            {
                var pause = new MethodPauseRequest(call.Value(reason)!, call.Value(until));
                await call.Client.Methods.PauseAsync(name, pause, token);
                return await call.Client.Methods.GetAsync(name, token);
            },
            Print
        );
    }

    private static Verb Resume(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb("resume", "End the pause of a method", "schedulezero methods resume mail.send"),
            NameArgument(),
            async (call, name, token) =>
            {
                await call.Client.Methods.ResumeAsync(name, token);
                return await call.Client.Methods.GetAsync(name, token);
            },
            Print
        );

    private static string SchemaOf(MethodOffer offer) =>
        offer.ParamsSchema.IsEmpty ? "none"
        : offer.ParamsSchemaProblem is null ? "checked"
        : "not used";
}
