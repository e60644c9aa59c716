using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Alerting;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Alerts;

/// <summary>Serves the open alerts, and the rules that make them.</summary>
internal sealed class AlertRulesApi(IBrokerInputs inputs, AlertBoard board, Authority authority, TimeProvider time)
{
    private const string Readable =
        "The caller also needs the permission to read what the rule tells of: `jobs:read`, `schedules:read`, "
        + "`handlers:read` or `keys:manage`; for the whole Broker (`diskLow`, `linkDown`, `certificateExpires`) "
        + "`settings:read` everywhere.";

    private static readonly TimeSpan MuteMax = TimeSpan.FromDays(365);

    // The paths say {rule} and not {name}: a role that is limited to names has other things in mind.
    public void Map(RouteGroupBuilder group)
    {
        group
            .MapGet("/alerts", ListAlerts)
            .Demand(Permissions.AlertsRead)
            .Produces<Page<AlertView>>()
            .Describe(
                "listAlerts",
                "List open alerts",
                "In order of rule and subject. The jobs of an alert are shown to those who may read them "
                    + "(`jobs:read`).",
                400
            );
        group
            .MapGet("/alerts/rules", List)
            .Demand(Permissions.AlertsRead)
            .Produces<Page<AlertRuleView>>()
            .Describe("listAlertRules", "List rules of alerts", "In order of name.", 400);
        group
            .MapGet("/alerts/rules/{rule}", Get)
            .Demand(Permissions.AlertsRead)
            .Conditional()
            .Produces<AlertRuleView>()
            .Describe("getAlertRule", "Get a rule of alerts", "ETag is its version.", 404);
        group
            .MapPut("/alerts/rules/{rule}", PutAsync)
            .Demand(Permissions.AlertsManage)
            .Conditional()
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Accepts<AlertRuleRequest>("application/json")
            .Produces<AlertRuleView>()
            .Produces<AlertRuleView>(201)
            .Describe(
                "putAlertRule",
                "Save a rule of alerts",
                "Makes the rule, or replaces it. Open alerts that the rule does not make any more end, and nobody is "
                    + $"told. {Readable}",
                400,
                403,
                409,
                412,
                413,
                415,
                503,
                507
            );
        MapActs(group);
    }

    private void MapActs(RouteGroupBuilder group)
    {
        group
            .MapDelete("/alerts/rules/{rule}", DeleteAsync)
            .Demand(Permissions.AlertsManage)
            .Conditional()
            .Produces(204)
            .Describe(
                "deleteAlertRule",
                "Delete a rule of alerts",
                "Its open alerts end, and nobody is told.",
                404,
                503
            );
        group
            .MapPost("/alerts/rules/{rule}/mute", MuteAsync)
            .Demand(Permissions.AlertsMute)
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Accepts<AlertMuteRequest>("application/json")
            .Produces<AlertRuleView>()
            .Describe(
                "muteAlertRule",
                "Mute a rule of alerts",
                "Nobody is told until the given instant. Alerts begin and end all the same; those that are still open "
                    + "then are told.",
                400,
                404,
                413,
                415,
                503
            );
        group
            .MapPost("/alerts/rules/{rule}/unmute", UnmuteAsync)
            .Demand(Permissions.AlertsMute)
            .Produces<AlertRuleView>()
            .Describe("unmuteAlertRule", "Unmute a rule of alerts", "People are told again, from now on.", 404, 503);
    }

    private IResult ListAlerts(string ns, [AsParameters] AlertListQuery query, HttpContext http)
    {
        if (AlertListQueryValidator.Instance.Check(query) is { } problem)
        {
            return problem;
        }

        var jobs = authority.Judge(Caller.Of(http), Permissions.JobsRead, ns, http.Connection.RemoteIpAddress);
        var page = Paging.Cut(
            query.Rule is { } rule ? board.AlertsOf(ns, rule) : board.AlertsOf(ns),
            alert => $"{alert.Rule} {alert.Subject}",
            query
        );
        return Answers.Json(
            new Page<AlertView>([.. page.Items.Select(alert => AlertViews.From(alert, jobs.Opens))], page.NextCursor),
            RestJson.Default.PageAlertView
        );
    }

    private IResult List(string ns, [AsParameters] PageQuery query) =>
        Paging.Answer(
            query,
            board.RulesOf(ns),
            rule => rule.Name,
            rule => AlertViews.From(rule, board, time.GetUtcNow()),
            RestJson.Default.PageAlertRuleView
        );

    private IResult Get(string ns, string rule, HttpContext http) =>
        board.FindRule(ns, rule) is { } found ? Show(http, found) : Problems.NoSuchAlertRule;

    private async Task<IResult> PutAsync(string ns, string rule, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.AlertRuleRequest,
            AlertRuleRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var request = body.Value;
        if (
            (
                AlertNames.ProblemOf(rule, request.Name)
                ?? RefusalOf(request, ns, http)
                ?? ProblemOfChannels(request, ns)
            ) is
            { } problem
        )
        {
            return problem;
        }

        var draft = Draft(request, ns, rule, Caller.Of(http).Name);
        var note = AuditNotes.Of(http, "alerts:saveRule", ns, $"rule:{rule}");
        var condition = Conditions.Of(http).Version;
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.SaveAlertRule(ticket, draft) { Audit = note, Condition = condition },
            cancellationToken
        );
        return Answers.Show<Answer.AlertSettingsAre>(answer, saved => Show(http, (AlertRuleRecord)saved.Settings));
    }

    /// <summary>
    /// The refusal of a rule to a caller who may not read what its notices would tell: else a channel of the caller's
    /// own would show it.
    /// </summary>
    private ProblemAnswer? RefusalOf(AlertRuleRequest request, string ns, HttpContext http)
    {
        var permission = request.When switch
        {
            AlertCondition.JobFailed or AlertCondition.NothingSucceeded or AlertCondition.WaitingLong =>
                Permissions.JobsRead,
            AlertCondition.OccurrenceMissed => Permissions.SchedulesRead,
            AlertCondition.HandlerSilent => Permissions.HandlersRead,
            AlertCondition.KeyExpires => Permissions.KeysManage,
            _ => Permissions.SettingsRead,
        };
        var place = AlertConditions.AreOfWholeBroker(request.When) ? null : ns;
        return authority.Judge(Caller.Of(http), permission, place, http.Connection.RemoteIpAddress).IsFull
            ? null
            : AccessProblems.MissingPermission(permission, place);
    }

    private ProblemAnswer? ProblemOfChannels(AlertRuleRequest request, string ns) =>
        request.Channels.FirstOrDefault(name => board.FindChannel(ns, name) is null) is { } unknown
            ? Problems.Invalid("channels", $"There is no channel \"{unknown}\".")
            : null;

    private AlertRuleRecord Draft(AlertRuleRequest request, string ns, string name, string by)
    {
        var now = time.GetUtcNow();
        return new AlertRuleRecord
        {
            Namespace = ns,
            Name = name,
            Description = request.Description,
            Disabled = !request.Enabled,
            Condition = request.When,
            Only = request.Only,
            After = request.After ?? AlertConditions.After(request.When),
            Channels = request.Channels,
            Wait = request.Wait ?? AlertConditions.Wait,
            Repeat = request.Repeat ?? AlertConditions.Repeat,
            Quiet = request.Quiet ?? AlertConditions.Quiet,
            TellsEnd = request.TellEnd,
            IsTogether = request.Together,
            CreatedAt = now,
            ChangedAt = now,
            CreatedBy = by,
            ChangedBy = by,
        };
    }

    private async Task<IResult> DeleteAsync(
        string ns,
        string rule,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var note = AuditNotes.Of(http, "alerts:deleteRule", ns, $"rule:{rule}");
        var condition = Conditions.Of(http).Version;
        return Answers.NoContent(
            await inputs.AskAsync(
                ticket => new BrokerInput.DeleteAlertRule(ticket, ns, rule) { Audit = note, Condition = condition },
                cancellationToken
            )
        );
    }

    private async Task<IResult> MuteAsync(string ns, string rule, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.AlertMuteRequest,
            AlertMuteRequestValidator.Instance,
            cancellationToken
        );
        if (body.HasValue && body.Value.Until - time.GetUtcNow() > MuteMax)
        {
            return Problems.Invalid("until", "An instant within the next 365 days is needed.");
        }

        return body.HasValue
            ? await SetMuteAsync(ns, rule, body.Value.Until, body.Value.Reason, http, cancellationToken)
            : body.Problem!;
    }

    private Task<IResult> UnmuteAsync(string ns, string rule, HttpContext http, CancellationToken cancellationToken) =>
        SetMuteAsync(ns, rule, until: null, reason: null, http, cancellationToken);

    private async Task<IResult> SetMuteAsync(
        string ns,
        string rule,
        DateTimeOffset? until,
        string? reason,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var note = AuditNotes.Of(http, until is null ? "alerts:unmute" : "alerts:mute", ns, $"rule:{rule}") with
        {
            Reason = reason,
        };
        var by = Caller.Of(http).Name;
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.MuteAlertRule(ticket, ns, rule, until, reason, by) { Audit = note },
            cancellationToken
        );
        return Answers.Show<Answer.AlertSettingsAre>(
            answer,
            saved =>
                Answers.Json(
                    AlertViews.From((AlertRuleRecord)saved.Settings, board, time.GetUtcNow()),
                    RestJson.Default.AlertRuleView
                )
        );
    }

    private IResult Show(HttpContext http, AlertRuleRecord rule)
    {
        var view = AlertViews.From(rule, board, time.GetUtcNow());
        var moving = view.MutedUntil is null && view.Open == 0 ? "" : $"{view.MutedUntil:O} {view.Open}";
        return AlertNames.Show(http, rule, $"rules/{rule.Name}", moving, view, RestJson.Default.AlertRuleView);
    }
}
