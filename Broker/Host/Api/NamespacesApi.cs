using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>Serves namespaces: makes them, sets their limits, and deletes them.</summary>
internal sealed class NamespacesApi(Roster roster, IBrokerInputs inputs, TimeProvider time, BrokerApiOptions options)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/api/namespaces")
            .WithTags("namespaces")
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax));
        group
            .MapPost("", CreateAsync)
            .Demand(Permissions.NamespacesManage)
            .Accepts<NamespaceRequest>("application/json")
            .Produces<NamespaceView>(201)
            .Describe(
                "createNamespace",
                "Create a namespace",
                "A tenant: nothing crosses its border.",
                400,
                409,
                413,
                415,
                503
            );
        group
            .MapGet("", ListAsync)
            .DemandCaller()
            .Produces<Page<NamespaceView>>()
            .Describe(
                "listNamespaces",
                "List namespaces",
                "Those in which the caller has a role, in order of name.",
                400,
                503
            );
        group
            .MapGet("/{ns}", GetAsync)
            .Demand(Permissions.NamespacesRead)
            .Conditional()
            .Produces<NamespaceView>()
            .Describe(
                "getNamespace",
                "Get a namespace",
                "With its limits, and what it holds at the moment. ETag is its version, and moves with what it holds.",
                404,
                503
            );
        group
            .MapPatch("/{ns}", PatchAsync)
            .Demand(Permissions.NamespacesManage)
            .Conditional()
            .Accepts<NamespacePatch>("application/json")
            .Produces<NamespaceView>()
            .Describe(
                "patchNamespace",
                "Change a namespace",
                "Limits hold at once, for what comes; what is there already stays.",
                400,
                404,
                409,
                413,
                415,
                503
            );
        group
            .MapDelete("/{ns}", DeleteAsync)
            .Demand(Permissions.NamespacesManage)
            .Conditional()
            .Produces(202)
            .Describe(
                "deleteNamespace",
                "Delete a namespace",
                "With all its jobs, their history, schedules, handlers and keys. confirm must be the name "
                    + "again. It is closed at once; the name is free when everything is gone.",
                400,
                404,
                409,
                503
            );
    }

    private async Task<IResult> CreateAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.NamespaceRequest,
            NamespaceRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var request = body.Value;
        var record = new NamespaceRecord
        {
            Name = request.Name,
            Description = request.Description,
            Limits = request.Limits ?? new NamespaceLimits(),
            Addresses = request.Addresses,
            Sealed = request.Sealed is { Count: > 0 } patterns ? patterns : null,
            CreatedAt = time.GetUtcNow(),
            CreatedBy = Caller.Of(http).Name,
        };
        if (
            await inputs.AskAsync(
                ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Add(record)])
                {
                    Audit = NoteOf(http, "namespaces:create", record.Name, record.Sealed),
                },
                cancellationToken
            ) is Answer.Refused
        )
        {
            return Problems.Conflict(
                $"There is a namespace \"{request.Name}\" already, or one of that name is being deleted."
            );
        }

        http.Response.Headers.Location = $"/api/namespaces/{request.Name}";
        return await ShowAsync(record with { Version = 1 }, 201, http, cancellationToken);
    }

    private Task<IResult> ListAsync(
        [AsParameters] PageQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(http);
        var seen = roster.Namespaces.Where(ns => Authority.HasPlaceIn(caller, ns.Name)).ToList();
        return Paging.AnswerAsync(
            query,
            () =>
                inputs.ReadAsync(
                    state => seen.Select(ns => (Record: ns, Usage: state.Usage(ns.Name))).ToArray(),
                    cancellationToken
                ),
            ns => ns.Record.Name,
            ns => View(ns.Record, ns.Usage),
            RestJson.Default.PageNamespaceView
        );
    }

    private Task<IResult> GetAsync(string ns, HttpContext http, CancellationToken cancellationToken) =>
        ShowAsync(Find(ns), 200, http, cancellationToken);

    private async Task<IResult> PatchAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.NamespacePatch,
            NamespacePatchValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var (patch, record) = (body.Value, Find(ns));
        if (Conditions.Of(http).Check(record.Version) is { } unlike)
        {
            return unlike;
        }

        var patched = record with
        {
            Description = patch.Description ?? record.Description,
            Limits = patch.Limits ?? record.Limits,
            Addresses =
                patch.Addresses is null ? record.Addresses
                : patch.Addresses.Count == 0 ? null
                : patch.Addresses,
            Sealed =
                patch.Sealed is null ? record.Sealed
                : patch.Sealed.Count == 0 ? null
                : patch.Sealed,
        };
        return
            await inputs.AskAsync(
                ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Replace(patched)])
                {
                    Audit = NoteOf(http, "namespaces:change", ns, patch.Sealed),
                },
                cancellationToken
            )
                is Answer.Refused refused
            ? Conditions.Of(http).Moved(refused)
            : await ShowAsync(patched with { Version = record.Version + 1 }, 200, http, cancellationToken);
    }

    private async Task<IResult> DeleteAsync(
        string ns,
        [FromQuery] string? confirm,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (confirm != ns)
        {
            return Problems.Invalid("confirm", $"Everything in \"{ns}\" would be lost. Say so: ?confirm={ns}.");
        }

        var (note, condition) = (NoteOf(http, "namespaces:delete", ns, null), Conditions.Of(http).Version);
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.DeleteNamespace(ticket, ns) { Audit = note, Condition = condition },
            cancellationToken
        );
        return answer is Answer.Refused refused
            ? Problems.From(refused)
            : TypedResults.StatusCode(StatusCodes.Status202Accepted);
    }

    /// <param name="isSealed">The patterns of handlers whose sessions must be sealed from now on; null for no change.
    /// </param>
    private static AuditNote NoteOf(HttpContext http, string action, string ns, IReadOnlyList<string>? isSealed)
    {
        var note = AuditNotes.Of(http, action, ns, $"namespace:{ns}");
        return isSealed is null ? note : note with { Reason = SealedPatterns.Text(isSealed) };
    }

    // The route was authorized, so the namespace exists, or existed a moment ago.
    private NamespaceRecord Find(string ns) =>
        roster.FindNamespace(ns)
        ?? new NamespaceRecord
        {
            Name = ns,
            CreatedAt = default,
            CreatedBy = "system",
        };

    private async Task<IResult> ShowAsync(
        NamespaceRecord record,
        int status,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var (usage, latency) = await inputs.ReadAsync(
            state => (state.Usage(record.Name), state.StartLatency(record.Name)),
            cancellationToken
        );
        var tag = EntityTag.Of(record.Version, $"{usage}{latency}{options.Retention}");
        var view = View(record, usage) with { StartLatency = latency };
        return Conditions.Answer(http, tag, view, RestJson.Default.NamespaceView, status);
    }

    private NamespaceView View(NamespaceRecord record, NamespaceUsage usage) =>
        new()
        {
            Name = record.Name,
            Description = record.Description,
            Version = record.Version,
            Limits = record.Limits,
            Addresses = record.Addresses,
            Sealed = record.Sealed,
            Usage = usage,
            Retention = options.Retention,
            CreatedAt = record.CreatedAt == default ? null : record.CreatedAt,
            CreatedBy = record.CreatedBy,
            DeletedAt = record.DeletedAt,
        };
}

internal sealed class NamespaceRequestValidator : AbstractValidator<NamespaceRequest>
{
    public NamespaceRequestValidator()
    {
        RuleFor(ns => ns.Name)
            .Must(static name => Names.IsNamespace(name))
            .WithMessage(
                "Lower-case letters, digits and dashes are needed, beginning with a letter, "
                    + $"{Limits.NamespaceLengthMax} at most."
            );
        RuleFor(ns => ns.Description).Text(NamespaceLimitsValidator.DescriptionLengthMax);
        RuleFor(ns => ns.Limits!).SetValidator(new NamespaceLimitsValidator()).When(ns => ns.Limits is not null);
        this.AddressList(ns => ns.Addresses, "leave them out for a namespace that is open from anywhere.");
        RuleFor(ns => ns.Sealed).Custom(SealedPatterns.Check);
    }

    public static NamespaceRequestValidator Instance { get; } = new();
}

internal sealed class NamespacePatchValidator : AbstractValidator<NamespacePatch>
{
    public NamespacePatchValidator()
    {
        RuleFor(ns => ns.Description).Text(NamespaceLimitsValidator.DescriptionLengthMax);
        RuleFor(ns => ns.Limits!).SetValidator(new NamespaceLimitsValidator()).When(ns => ns.Limits is not null);
        When(
            ns => ns.Addresses is not { Count: 0 },
            () => this.AddressList(ns => ns.Addresses, "an empty list opens it from anywhere.")
        );
        RuleFor(ns => ns.Sealed).Custom(SealedPatterns.Check);
    }

    public static NamespacePatchValidator Instance { get; } = new();
}

internal sealed class NamespaceLimitsValidator : AbstractValidator<NamespaceLimits>
{
    public const int DescriptionLengthMax = 200;

    private const int ThingsMax = 1_000_000;
    private const int WaitingMax = 10_000_000;
    private const long StoredBytesMax = 1_000_000_000_000_000;

    public NamespaceLimitsValidator()
    {
        RuleFor(limits => limits.WaitingJobs).Within(1, WaitingMax);
        RuleFor(limits => limits.RunningJobs).Within(1, ThingsMax);
        RuleFor(limits => limits.Schedules).Within(1, ThingsMax);
        RuleFor(limits => limits.Handlers).Within(1, ThingsMax);
        RuleFor(limits => limits.StoredBytes)
            .Must(static bytes => bytes is null or (>= 1 and <= StoredBytesMax))
            .WithMessage($"A number from 1 to {StoredBytesMax} is needed.");
        RuleFor(limits => limits.RequestsPerMinute).Within(1, Limits.RequestsPerMinuteMax);
        RuleFor(limits => limits.PerMethod).Custom(static (named, context) => CheckNamed("perMethod", named, context));
        RuleFor(limits => limits.PerHandler)
            .Custom(static (named, context) => CheckNamed("perHandler", named, context));
    }

    private static void CheckNamed(
        string field,
        IReadOnlyDictionary<string, WorkLimits>? named,
        ValidationContext<NamespaceLimits> context
    )
    {
        if (named?.Count > Limits.NamedLimitsMax)
        {
            context.AddFailure($"At most {Limits.NamedLimitsMax} names are taken.");
            return;
        }

        foreach (var (name, limits) in named ?? new Dictionary<string, WorkLimits>())
        {
            var path = $"{field}.{name}";
            if (!Names.IsName(name))
            {
                context.AddFailure(path, "A name of up to 128 letters, digits and . _ - : is needed.");
            }
            else if (limits is null)
            {
                context.AddFailure(
                    path,
                    "Limits are needed; null is none. Leave the name out to take its limits away."
                );
            }
            else if (limits.RunningJobs is < 1 or > ThingsMax)
            {
                context.AddFailure($"{path}.runningJobs", $"A number from 1 to {ThingsMax} is needed.");
            }
            else if (limits.Rate is { Limit: < 1 or > Limits.RateLimitMax })
            {
                context.AddFailure($"{path}.rate.limit", $"A number from 1 to {Limits.RateLimitMax} is needed.");
            }
            else if (
                limits.Rate is { Period: var period }
                && (period < Limits.RatePeriodMin || period > Limits.RatePeriodMax)
            )
            {
                context.AddFailure(
                    $"{path}.rate.period",
                    $"A duration from {IsoDuration.Format(Limits.RatePeriodMin)} to "
                        + $"{IsoDuration.Format(Limits.RatePeriodMax)} is needed."
                );
            }
        }
    }
}
