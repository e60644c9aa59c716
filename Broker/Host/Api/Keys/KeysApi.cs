using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Keys;

/// <summary>
/// Serves keys. The namespace <c>*</c> in an address stands for keys that hold everywhere; only a caller whose own key
/// does may use it, or make a Bridge's key, which always does.
/// </summary>
internal sealed class KeysApi(IBrokerInputs inputs, KeyCreation creation, VisibleKeys visible, KeyGrants grants)
{
    public void Map(RouteGroupBuilder group)
    {
        group
            .MapPost("/keys", creation.CreateAsync)
            .Demand(Permissions.KeysManage)
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Accepts<KeyRequest>("application/json")
            .Produces<KeyCreated>(201)
            .Describe(
                "createKey",
                "Make a key",
                "The key itself is shown in this answer and never again. It ends no later, opens from no more "
                    + "addresses and makes no more requests than the key that asks; what it does not say it has from "
                    + "that.",
                400,
                413,
                415,
                503
            );
        group
            .MapGet("/keys", ListAsync)
            .Demand(Permissions.KeysManage)
            .Produces<Page<KeyView>>()
            .Describe(
                "listKeys",
                "List keys",
                "Revoked ones too. A caller whose key holds everywhere also sees the keys that do.",
                400,
                503
            );
        group
            .MapPatch("/keys/{id}", ChangeAsync)
            .Demand(Permissions.KeysManage)
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Accepts<KeyPatch>("application/json")
            .Produces<KeyView>()
            .Describe(
                "changeKey",
                "Change what a key allows",
                "Holds at once. A service's key has requestsPerMinute to change. With another policy a handler "
                    + "says Hello again, "
                    + "and attempts that are allowed no more are taken from it.",
                400,
                404,
                409,
                413,
                415,
                503
            );
        group
            .MapPost("/keys/{id}/rotate", creation.RotateAsync)
            .Demand(Permissions.KeysManage)
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Accepts<KeyRotation>(isOptional: true, "application/json")
            .Produces<KeyCreated>(201)
            .Describe(
                "rotateKey",
                "Put a new key in a key's place",
                "With the same rights, for as long as the old one was made for, but no longer than the key "
                    + "that asks. The old one stays good for the overlap, and two are good at a time.",
                400,
                404,
                409,
                413,
                415,
                503
            );
        group
            .MapDelete("/keys/{id}", RevokeAsync)
            .Demand(Permissions.KeysManage)
            .Produces(204)
            .Describe("revokeKey", "Revoke a key", "Its live connections are closed within a second.", 404, 503);
    }

    private async Task<IResult> ListAsync(
        string ns,
        [AsParameters] KeyListQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (KeyListQueryValidator.Instance.Check(query) is { } problem)
        {
            return problem;
        }

        var keys = await visible.ListAsync(ns, http, cancellationToken);
        var found = keys.Where(key => query.Handler is null || key.Handler == query.Handler).Select(KeyViews.From);
        return Answers.Json(Paging.Cut(found, key => key.Id, query), RestJson.Default.PageKeyView);
    }

    private async Task<IResult> ChangeAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.KeyPatch,
            KeyPatchValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var (scope, old) = await visible.FindAsync(ns, id, http, cancellationToken);
        if (old is null)
        {
            return VisibleKeys.NoSuchKey(id);
        }

        if (grants.CheckChange(old, body.Value, scope, http) is { } refusal)
        {
            return refusal;
        }

        var change = Change(scope, id, body.Value, http);
        var answer = await inputs.AskAsync(change, cancellationToken);
        return Answers.Show<Answer.KeyIs>(
            answer,
            changed => Answers.Json(KeyViews.From(changed.Key), RestJson.Default.KeyView)
        );
    }

    private static Func<Ticket, BrokerInput.Request> Change(string scope, string id, KeyPatch patch, HttpContext http)
    {
        var note = AuditNotes.Of(http, "keys:change", scope, $"key:{id}") with
        {
            Reason = patch.RequestsPerMinute is { } requests ? $"{requests} requests a minute" : null,
        };
        return ticket => new BrokerInput.ChangeKey(
            ticket,
            scope,
            id,
            patch.Methods,
            patch.Groups,
            patch.Addresses,
            patch.MaxCapacity
        )
        {
            RequestsPerMinute = patch.RequestsPerMinute,
            Audit = note,
        };
    }

    private async Task<IResult> RevokeAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken)
    {
        var answer = await AskToRevokeAsync(ns, id, http, cancellationToken);
        if (answer is Answer.Refused { Code: ErrorCodes.NotFound } && grants.MayReachKeysOfEverywhere(ns, http))
        {
            // The list shows such a caller the keys that hold everywhere, so what it shows can be revoked.
            answer = await AskToRevokeAsync(Authority.Everywhere, id, http, cancellationToken);
        }

        return Answers.NoContent(answer);
    }

    private Task<Answer> AskToRevokeAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken)
    {
        var note = AuditNotes.Of(http, "keys:revoke", ns, $"key:{id}");
        return inputs.AskAsync(ticket => new BrokerInput.RevokeKey(ticket, ns, id) { Audit = note }, cancellationToken);
    }
}
