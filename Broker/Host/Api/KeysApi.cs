using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Api.Users;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>
/// Makes and revokes keys. The namespace <c>*</c> stands here for keys that hold everywhere; only a caller whose own
/// key does may use it, or make a Bridge's key, which always does.
/// </summary>
internal sealed class KeysApi(
    IBrokerInputs inputs,
    Roster roster,
    Authority authority,
    Denials denials,
    BrokerApiOptions options,
    TimeProvider time
)
{
    private static readonly TimeSpan OverlapDefault = TimeSpan.FromHours(24);
    private static readonly TimeSpan OverlapMax = TimeSpan.FromDays(7);

    public void Map(RouteGroupBuilder group)
    {
        group
            .MapPost("/keys", CreateAsync)
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
            .MapPost("/keys/{id}/rotate", RotateAsync)
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

    private async Task<IResult> RotateAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadOptionalAsync(
            http,
            RestJson.Default.KeyRotation,
            BodyLimit.SmallBytesMax,
            cancellationToken
        );
        if (body.Problem is { } unread)
        {
            return unread;
        }

        var overlap = body.Value?.Overlap ?? OverlapDefault;
        if (overlap < TimeSpan.Zero || overlap > OverlapMax)
        {
            return Problems.Invalid("overlap", $"A duration from PT0S to {IsoDuration.Format(OverlapMax)} is needed.");
        }

        var (scope, old) = await FindAsync(ns, id, http, cancellationToken);
        if (old is null)
        {
            return NoSuchKey(id);
        }

        // The caller sees the new key, so it must not open more than the caller may give.
        var (caller, own) = (Caller.Of(http), OwnBounds.Of(Caller.Of(http)));
        var refusal =
            (old.Kind == KeyKind.Bridge && !MayEverywhere(http) ? Deny(http, OfBridges) : null)
            ?? Deny(http, own.CheckHolding(old, options.RequestLimits.RequestsPerMinute))
            ?? CheckRoles(old.Roles, scope, old.Addresses, http);
        if (refusal is { } refused)
        {
            return refused;
        }

        var key = ApiKey.Generate();
        var note = AuditNotes.Of(http, "keys:rotate", scope, $"key:{id}") with { Reason = $"its place takes {key.Id}" };
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.RotateKey(
                ticket,
                scope,
                id,
                key.Id,
                key.SecretHash(),
                overlap,
                caller.Name,
                own.EndsAt
            )
            {
                Audit = note,
            },
            cancellationToken
        );
        return answer switch
        {
            Answer.KeyIs made => Created(http, scope, made.Key, key),
            Answer.Refused no => Problems.From(no),
            _ => throw Answers.Unexpected(answer),
        };
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

        var patch = body.Value;
        var (scope, old) = await FindAsync(ns, id, http, cancellationToken);
        if (old is null)
        {
            return NoSuchKey(id);
        }

        var bounds = OwnBounds.Of(Caller.Of(http)).Check(null, patch.Addresses, patch.RequestsPerMinute);
        if (
            (
                Deny(http, bounds)
                ?? (patch.RequestsPerMinute is null ? null : CheckRoles(old.Roles, scope, old.Addresses, http))
            ) is
            { } refusal
        )
        {
            return refusal;
        }

        var note = AuditNotes.Of(http, "keys:change", scope, $"key:{id}") with
        {
            Reason = patch.RequestsPerMinute is { } requests ? $"{requests} requests a minute" : null,
        };
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.ChangeKey(
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
            },
            cancellationToken
        );
        return answer switch
        {
            Answer.KeyIs changed => Answers.Json(View(changed.Key), RestJson.Default.KeyView),
            Answer.Refused no => Problems.From(no),
            _ => throw Answers.Unexpected(answer),
        };
    }

    // The list shows those who may do so everywhere the keys that hold everywhere, so what it shows can be changed and
    // rotated.
    private async Task<(string Scope, KeyRecord? Key)> FindAsync(
        string ns,
        string id,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var found = await inputs.ReadAsync(state => Find(state, ns, id), cancellationToken);
        return found is null && ns != Authority.Everywhere && MayEverywhere(http)
            ? (
                Authority.Everywhere,
                await inputs.ReadAsync(state => Find(state, Authority.Everywhere, id), cancellationToken)
            )
            : (ns, found);
    }

    private static ProblemAnswer NoSuchKey(string id) => new(404, ErrorCodes.NotFound, $"There is no key \"{id}\".");

    private static KeyRecord? Find(BrokerState state, string ns, string id) =>
        state.Keys(ns).FirstOrDefault(key => key.Id == id);

    private async Task<IResult> CreateAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(
            http,
            RestJson.Default.KeyRequest,
            BodyLimit.SmallBytesMax,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var request = body.Value;
        var now = time.GetUtcNow();
        if (KeyRequestValidator.Instance.Check(request) is { } problem)
        {
            return problem;
        }

        if (request.ExpiresAt <= now)
        {
            return Problems.Invalid("expiresAt", "This instant has passed.");
        }

        if (CheckMay(request, ns, http) is { } refused)
        {
            return refused;
        }

        if (request.Kind == KeyKind.Handler && ns == Authority.Everywhere)
        {
            return Problems.Invalid("kind", "A handler lives in one namespace.");
        }

        var key = ApiKey.Generate();
        var record = Record(request, key, ns, Caller.Of(http), now);
        var note = AuditNotes.Of(http, "keys:create", record.Namespace, $"key:{record.Id}") with
        {
            Reason = Grants(record),
        };
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.CreateKey(ticket, record) { Audit = note },
            cancellationToken
        );
        return answer is Answer.Refused no ? Problems.From(no) : Created(http, ns, record, key);
    }

    // Keys that hold everywhere are seen, made and revoked only by those who may do so everywhere.
    private bool MayEverywhere(HttpContext http) =>
        authority
            .Judge(Caller.Of(http), Permissions.KeysManage, Authority.Everywhere, http.Connection.RemoteIpAddress)
            .IsFull;

    // A Bridge carries the handlers of every namespace.
    private static ProblemAnswer OfBridges { get; } = AccessProblems.MissingPermission(Permissions.KeysManage, null);

    private ProblemAnswer? Deny(HttpContext http, ProblemAnswer? refusal)
    {
        if (refusal is not null)
        {
            denials.Note(http, ErrorCodes.Forbidden);
        }

        return refusal;
    }

    // Null, or why the caller may not make the key.
    private ProblemAnswer? CheckMay(KeyRequest request, string ns, HttpContext http)
    {
        var own = OwnBounds.Of(Caller.Of(http));
        return (request.Kind == KeyKind.Bridge && !MayEverywhere(http) ? Deny(http, OfBridges) : null)
            ?? Deny(http, own.Check(request.ExpiresAt, request.Addresses, request.RequestsPerMinute))
            // Nor can its link be bound to addresses.
            ?? (
                request.Kind == KeyKind.Bridge && own.Addresses is not null
                    ? Deny(http, (own with { EndsAt = null }).CheckUnbound("A Bridge's key"))
                    : null
            )
            ?? CheckRoles(request.Roles, ns, request.Addresses ?? own.Addresses, http);
    }

    private ProblemAnswer? CheckRoles(
        IReadOnlyList<string>? roles,
        string ns,
        IReadOnlyList<string>? addresses,
        HttpContext http
    )
    {
        foreach (var (i, role) in (roles ?? []).Index())
        {
            if (roster.FindRole(role) is null)
            {
                return Problems.Invalid($"roles[{i}]", $"There is no role \"{role}\".");
            }

            if (
                !authority.MayGrant(
                    Caller.Of(http),
                    new RoleGrant(role, ns),
                    http.Connection.RemoteIpAddress,
                    addresses
                )
            )
            {
                return Deny(http, UserProblems.MoreThanOwn(role, ns));
            }
        }

        return null;
    }

    private KeyRecord Record(KeyRequest request, ApiKey key, string ns, Caller caller, DateTimeOffset now) =>
        new()
        {
            Id = key.Id,
            SecretHash = key.SecretHash(),
            Kind = request.Kind,
            Namespace = request.Kind == KeyKind.Bridge ? Authority.Everywhere : ns,
            Handler = request.Handler,
            Name = request.Name,
            Roles = request.Roles,
            Methods = request.Methods,
            Groups = request.Groups,
            Addresses = request.Addresses ?? OwnBounds.Of(caller).Addresses,
            MaxCapacity = request.MaxCapacity,
            RequestsPerMinute =
                request.Kind == KeyKind.Service
                    ? OwnBounds.Of(caller).RateOf(request.RequestsPerMinute, options.RequestLimits.RequestsPerMinute)
                    : null,
            CreatedAt = now,
            CreatedBy = caller.Name,
            ExpiresAt = OwnBounds.Of(caller).EndOf(request.ExpiresAt),
        };

    // What the key opens, for the audit log.
    private static string Grants(KeyRecord record) =>
        record.Kind switch
        {
            KeyKind.Service => $"service: {string.Join(", ", record.Roles ?? [])}",
            KeyKind.Handler => $"handler: {record.Handler}",
            _ => "bridge",
        };

    private static IResult Created(HttpContext http, string ns, KeyRecord record, ApiKey key)
    {
        http.Response.Headers.Location = $"/api/namespaces/{ns}/keys/{record.Id}";
        var created = new KeyCreated
        {
            Id = record.Id,
            Key = key.Reveal(),
            Kind = record.Kind,
            Namespace = record.Namespace,
            Handler = record.Handler,
            Name = record.Name,
            Roles = record.Roles,
            Methods = record.Methods,
            Groups = record.Groups,
            Addresses = record.Addresses,
            MaxCapacity = record.MaxCapacity,
            RequestsPerMinute = record.RequestsPerMinute,
            CreatedAt = record.CreatedAt,
            CreatedBy = record.CreatedBy,
            ExpiresAt = record.ExpiresAt,
            Account = record.Account,
        };
        return Answers.Json(created, RestJson.Default.KeyCreated, 201);
    }

    private async Task<IResult> ListAsync(
        string ns,
        [AsParameters] PageQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (PageQueryValidator.Instance.Check(query) is { } problem)
        {
            return problem;
        }

        var seesAll = ns != Authority.Everywhere && MayEverywhere(http);
        var keys = await inputs.ReadAsync(
            state => seesAll ? [.. state.Keys(ns), .. state.Keys(Authority.Everywhere)] : state.Keys(ns).ToArray(),
            cancellationToken
        );
        return Answers.Json(
            Paging.ByKey(keys.DistinctBy(key => key.Id), key => key.Id, View, query),
            RestJson.Default.PageKeyView
        );
    }

    private static KeyView View(KeyRecord record) =>
        new()
        {
            Id = record.Id,
            Kind = record.Kind,
            Namespace = record.Namespace,
            Handler = record.Handler,
            Name = record.Name,
            Roles = record.Roles,
            Methods = record.Methods,
            Groups = record.Groups,
            Addresses = record.Addresses,
            MaxCapacity = record.MaxCapacity,
            RequestsPerMinute = record.RequestsPerMinute,
            Proof = record.Pair is null ? KeyProof.Secret : KeyProof.P256,
            Fingerprint = record.Pair is { } pair ? KeyProofs.Fingerprint(pair.PublicKey) : null,
            CreatedAt = record.CreatedAt,
            CreatedBy = record.CreatedBy,
            ExpiresAt = record.ExpiresAt,
            Account = record.Account,
            RevokedAt = record.RevokedAt,
            RevokedReason = record.RevokedReason,
        };

    private async Task<IResult> RevokeAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken)
    {
        var answer = await AskToRevokeAsync(ns, id, http, cancellationToken);
        if (answer is Answer.Refused { Code: ErrorCodes.NotFound } && ns != Authority.Everywhere && MayEverywhere(http))
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
