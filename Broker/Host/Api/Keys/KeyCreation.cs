using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Keys;

/// <summary>Makes keys, and new keys in the place of old ones.</summary>
internal sealed class KeyCreation(
    IBrokerInputs inputs,
    KeyGrants grants,
    VisibleKeys visible,
    BrokerApiOptions options,
    TimeProvider time
)
{
    /// <summary>How long the old key stays valid after a rotation that states no time.</summary>
    private static readonly TimeSpan OverlapDefault = TimeSpan.FromHours(24);

    private static readonly TimeSpan OverlapMax = TimeSpan.FromDays(7);

    public async Task<IResult> CreateAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.KeyRequest,
            KeyRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var (request, now) = (body.Value, time.GetUtcNow());
        if (request.ExpiresAt <= now)
        {
            return Problems.Invalid("expiresAt", "This instant has passed.");
        }

        if (grants.CheckCreation(request, ns, http) is { } refused)
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
            Reason = TextOfGrants(record),
        };
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.CreateKey(ticket, record) { Audit = note },
            cancellationToken
        );
        return answer is Answer.Refused no ? Problems.From(no) : Created(http, ns, record, key);
    }

    public async Task<IResult> RotateAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken)
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

        var (scope, old) = await visible.FindAsync(ns, id, http, cancellationToken);
        if (old is null)
        {
            return VisibleKeys.NoSuchKey(id);
        }

        return grants.CheckRotation(old, scope, http) is { } refused
            ? refused
            : await AskToRotateAsync(scope, id, overlap, http, cancellationToken);
    }

    private async Task<IResult> AskToRotateAsync(
        string scope,
        string id,
        TimeSpan overlap,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var (caller, key) = (Caller.Of(http), ApiKey.Generate());
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
                OwnBounds.Of(caller).EndsAt
            )
            {
                Audit = note,
            },
            cancellationToken
        );
        return Answers.Show<Answer.KeyIs>(answer, made => Created(http, scope, made.Key, key));
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

    // The roles of a key as text, for the audit log.
    private static string TextOfGrants(KeyRecord record) =>
        record.Kind switch
        {
            KeyKind.Service => $"service: {string.Join(", ", record.Roles ?? [])}",
            KeyKind.Handler => $"handler: {record.Handler}",
            _ => "bridge",
        };

    private static IResult Created(HttpContext http, string ns, KeyRecord record, ApiKey key)
    {
        http.Response.Headers.Location = $"/api/namespaces/{ns}/keys/{record.Id}";
        return Answers.Json(KeyViews.Created(record, key), RestJson.Default.KeyCreated, 201);
    }
}
