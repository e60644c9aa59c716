using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Alerting;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Broker.Host.Alerting.Sending.Web;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Alerts;

/// <summary>Serves the channels of alerts, and tries them.</summary>
internal sealed class AlertChannelsApi(
    IBrokerInputs inputs,
    AlertBoard board,
    ChannelSecrets secrets,
    IAlertSender sender,
    TimeProvider time
)
{
    public void Map(RouteGroupBuilder group)
    {
        group
            .MapGet("/alerts/channels", List)
            .Demand(Permissions.AlertsRead)
            .Produces<Page<AlertChannelView>>()
            .Describe(
                "listAlertChannels",
                "List channels of alerts",
                "In order of name. No URL or secret is shown.",
                400
            );
        group
            .MapGet("/alerts/channels/{channel}", Get)
            .Demand(Permissions.AlertsRead)
            .Conditional()
            .Produces<AlertChannelView>()
            .Describe("getAlertChannel", "Get a channel of alerts", "ETag is its version.", 404);
        group
            .MapPut("/alerts/channels/{channel}", PutAsync)
            .Demand(Permissions.AlertsManage)
            .Conditional()
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Accepts<AlertChannelRequest>("application/json")
            .Produces<AlertChannelView>()
            .Produces<AlertChannelView>(201)
            .Describe(
                "putAlertChannel",
                "Save a channel of alerts",
                "Makes the channel, or replaces it. A change without a URL or secret leaves the one that is there. The "
                    + "secret of a webhook is answered once, to the request that has set it.",
                400,
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
            .MapDelete("/alerts/channels/{channel}", DeleteAsync)
            .Demand(Permissions.AlertsManage)
            .Conditional()
            .Produces(204)
            .Describe(
                "deleteAlertChannel",
                "Delete a channel of alerts",
                "With the notices that wait for it. A conflict while a rule names it.",
                404,
                409,
                503
            );
        group
            .MapPost("/alerts/channels/{channel}/test", TestAsync)
            .Demand(Permissions.AlertsManage)
            .Produces<AlertChannelTest>()
            .Describe(
                "testAlertChannel",
                "Try a channel of alerts",
                "Sends one notice at once, also to a channel that is switched off, and answers with the outcome.",
                404,
                503
            );
    }

    private IResult List(string ns, [AsParameters] PageQuery query) =>
        Paging.Answer(
            query,
            board.ChannelsOf(ns),
            channel => channel.Name,
            channel => AlertViews.From(channel, board),
            RestJson.Default.PageAlertChannelView
        );

    private IResult Get(string ns, string channel, HttpContext http) =>
        board.FindChannel(ns, channel) is { } found ? Show(http, found, secret: null) : Problems.NoSuchAlertChannel;

    private async Task<IResult> PutAsync(
        string ns,
        string channel,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.AlertChannelRequest,
            AlertChannelRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var request = body.Value;
        var old = board.FindChannel(ns, channel);
        if ((AlertNames.ProblemOf(channel, request.Name) ?? ProblemOfUrl(request, old)) is { } problem)
        {
            return problem;
        }

        var secret = NewSecretFor(request, old);
        var draft = Draft(request, old, secret, ns, channel, Caller.Of(http).Name);
        var note = AuditNotes.Of(http, "alerts:saveChannel", ns, $"channel:{channel}");
        // What the draft has of the old channel must be what Core has, too.
        var condition =
            Conditions.Of(http).Version
            ?? (old is null ? new Precondition { MustBeNew = true } : new Precondition { AnyOf = [old.Version] });
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.SaveAlertChannel(ticket, draft) { Audit = note, Condition = condition },
            cancellationToken
        );
        return Answers.Show<Answer.AlertSettingsAre>(
            answer,
            saved => Show(http, (AlertChannelRecord)saved.Settings, secret)
        );
    }

    private static ProblemAnswer? ProblemOfUrl(AlertChannelRequest request, AlertChannelRecord? old) =>
        request is { Kind: not AlertChannelKind.Mail, Url: null }
        && (old?.ProtectedUrl is null || old.Form != request.Kind)
            ? Problems.Invalid("url", "The URL that takes the notices is needed.")
            : null;

    /// <summary>The secret that a request sets for a webhook; null where the old one stays, or there is none.</summary>
    private static string? NewSecretFor(AlertChannelRequest request, AlertChannelRecord? old) =>
        request.Kind != AlertChannelKind.Webhook ? null
        : request.Secret is { } given ? given
        : old?.ProtectedSecret is null ? WebhookSecret.TextOf(WebhookSecret.Make())
        : null;

    private AlertChannelRecord Draft(
        AlertChannelRequest request,
        AlertChannelRecord? old,
        string? secret,
        string ns,
        string name,
        string by
    )
    {
        var now = time.GetUtcNow();
        var isWebhook = request.Kind == AlertChannelKind.Webhook;
        var isMail = request.Kind == AlertChannelKind.Mail;
        var url = request.Url is null ? null : new Uri(request.Url);
        return new AlertChannelRecord
        {
            Namespace = ns,
            Name = name,
            Description = request.Description,
            Disabled = !request.Enabled,
            Form = request.Kind,
            ProtectedUrl =
                isMail ? null
                : url is null ? old?.ProtectedUrl
                : secrets.Protect(url.AbsoluteUri),
            Host =
                isMail ? null
                : url is null ? old?.Host
                : url.GetLeftPart(UriPartial.Authority),
            ProtectedSecret =
                !isWebhook ? null
                : secret is null ? old?.ProtectedSecret
                : secrets.Protect(secret),
            To = request.To ?? [],
            CreatedAt = now,
            ChangedAt = now,
            CreatedBy = by,
            ChangedBy = by,
        };
    }

    private async Task<IResult> DeleteAsync(
        string ns,
        string channel,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var note = AuditNotes.Of(http, "alerts:deleteChannel", ns, $"channel:{channel}");
        var condition = Conditions.Of(http).Version;
        return Answers.NoContent(
            await inputs.AskAsync(
                ticket => new BrokerInput.DeleteAlertChannel(ticket, ns, channel)
                {
                    Audit = note,
                    Condition = condition,
                },
                cancellationToken
            )
        );
    }

    private async Task<IResult> TestAsync(
        string ns,
        string channel,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (board.FindChannel(ns, channel) is not { } found)
        {
            return Problems.NoSuchAlertChannel;
        }

        var note = AuditNotes.Of(http, "alerts:test", ns, $"channel:{channel}");
        await inputs.AskAsync(ticket => new BrokerInput.NoteDown(ticket) { Audit = note }, cancellationToken);
        var now = time.GetUtcNow();
        var notice = new AlertNotice
        {
            Id = Guid.NewGuid(),
            Namespace = ns,
            Channel = channel,
            Rule = "",
            Condition = AlertCondition.JobFailed,
            Phase = AlertPhase.Test,
            Subject = channel,
            Since = now,
            At = now,
        };
        var result = secrets.TargetOf(found, out var problem) is { } target
            ? await sender.SendAsync(target, notice, cancellationToken)
            : SendResult.Failed(problem!);
        return Answers.Json(new AlertChannelTest(result.IsSent, result.Problem), RestJson.Default.AlertChannelTest);
    }

    private IResult Show(HttpContext http, AlertChannelRecord channel, string? secret)
    {
        var view = AlertViews.From(channel, board, secret);
        var moving = view is { SentAt: null, ProblemAt: null, Waiting: 0 }
            ? ""
            : $"{view.SentAt:O} {view.ProblemAt:O} {view.Waiting} {view.Dropped}";
        return AlertNames.Show(
            http,
            channel,
            $"channels/{channel.Name}",
            moving,
            view,
            RestJson.Default.AlertChannelView
        );
    }
}
