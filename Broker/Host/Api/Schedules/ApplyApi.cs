using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules;

/// <summary>Applies a file to the schedules of a namespace, so that they become what the file says.</summary>
internal sealed class ApplyApi(IBrokerInputs inputs, ScheduleDrafts drafts, TimeProvider time)
{
    private sealed record Plan(
        List<AppliedSchedule> Items,
        List<BrokerInput.ScheduleSave> Saves,
        List<BrokerInput.ScheduleDrop> Drops
    )
    {
        /// <summary>The schedules that would change and belong to somebody else.</summary>
        public List<Schedule> Foreign { get; } = [];
    }

    public void Map(RouteGroupBuilder group) =>
        group
            .MapPost("/schedules/apply", ApplyAsync)
            .Demand(Permissions.SchedulesWrite, isScoped: true)
            .WithMetadata(new BodyLimit(BodyLimit.BatchBytesMax))
            .Accepts<ApplyRequest>("application/json")
            .Produces<ApplyAnswer>()
            .Describe(
                "applySchedules",
                "Make schedules be as a file says",
                "Saves what differs, deletes what is not among them if prune says so, all or none. dryRun says "
                    + "what that would be.",
                400,
                409,
                413,
                415,
                503,
                507
            );

    private async Task<IResult> ApplyAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(
            http,
            RestJson.Default.ApplyRequest,
            BodyLimit.BatchBytesMax,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var (request, now) = (body.Value, time.GetUtcNow());
        if ((ApplyRequestValidator.Instance.Check(request) ?? Check(request, ns, http, now)) is { } problem)
        {
            return problem;
        }

        var saved = await inputs.ReadAsync(state => ToCompare(state, ns, request), cancellationToken);
        var plan = PlanOf(
            request,
            ns,
            saved.ToDictionary(schedule => schedule.Name, StringComparer.Ordinal),
            http,
            now
        );
        if (plan.Foreign is [var foreign, ..])
        {
            return new ProblemAnswer(
                403,
                ErrorCodes.Forbidden,
                $"The schedule \"{foreign.Name}\" belongs to {foreign.Owner}; changing it takes "
                    + $"{Permissions.SchedulesWriteAny}. Nothing was changed."
            );
        }

        return request.DryRun || (plan.Saves.Count == 0 && plan.Drops.Count == 0)
            ? Answers.Json(new ApplyAnswer(request.DryRun, plan.Items), RestJson.Default.ApplyAnswer)
            : await CommitAsync(ns, plan, http, cancellationToken);
    }

    // A namespace may have a hundred thousand schedules, so all of them are read only for pruning.
    private static IReadOnlyList<Schedule> ToCompare(BrokerState state, string ns, ApplyRequest request) =>
        request.Prune
            ? state.Schedules(ns)
            : [.. request.Schedules.Select(named => state.FindSchedule(ns, named.Name)).OfType<Schedule>()];

    private async Task<IResult> CommitAsync(string ns, Plan plan, HttpContext http, CancellationToken cancellationToken)
    {
        var note = AuditNotes.Of(http, "schedules:apply", ns, "schedules") with
        {
            Reason = $"{plan.Saves.Count} saved, {plan.Drops.Count} deleted",
        };
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.ApplySchedules(ticket, ns, plan.Saves, plan.Drops) { Audit = note },
            cancellationToken
        );
        if (answer is Answer.Refused refused)
        {
            return Problems.From(refused);
        }

        var versions = ((Answer.SchedulesAre)answer).Schedules.ToDictionary(
            schedule => schedule.Name,
            schedule => schedule.Version,
            StringComparer.Ordinal
        );
        var items = plan.Items.ConvertAll(item =>
            versions.TryGetValue(item.Name, out var version) ? item with { Version = version } : item
        );
        return Answers.Json(new ApplyAnswer(DryRun: false, items), RestJson.Default.ApplyAnswer);
    }

    private ProblemAnswer? Check(ApplyRequest request, string ns, HttpContext http, DateTimeOffset now)
    {
        var (budget, scope) = (StepBudget.ForRequest(), NameScope.Of(http));
        for (var i = 0; i < request.Schedules.Count; i++)
        {
            var schedule = request.Schedules[i];
            var problem =
                drafts.Check(schedule, ns, budget, now, $"schedules[{i}].")
                ?? (
                    scope.Opens(schedule.Name)
                        ? drafts.CheckMayRun(schedule, ns, http)
                        : AccessProblems.MissingPermission(Permissions.SchedulesWrite, ns, schedule.Name)
                );
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private Plan PlanOf(
        ApplyRequest request,
        string ns,
        Dictionary<string, Schedule> saved,
        HttpContext http,
        DateTimeOffset now
    )
    {
        var plan = new Plan([], [], []);
        foreach (var schedule in request.Schedules)
        {
            saved.Remove(schedule.Name, out var old);
            PlanSave(plan, schedule, old, ns, http, now);
        }

        if (request.Prune)
        {
            var scope = NameScope.Of(http);
            var pattern = request.PruneMatching ?? "*";
            foreach (
                var old in saved
                    .Values.Where(old => scope.Opens(old.Name) && Names.Matches(pattern, old.Name))
                    .OrderBy(old => old.Name, StringComparer.Ordinal)
            )
            {
                PlanDrop(plan, old, http);
            }
        }

        return plan;
    }

    private void PlanSave(
        Plan plan,
        ScheduleRequest schedule,
        Schedule? old,
        string ns,
        HttpContext http,
        DateTimeOffset now
    )
    {
        var caller = Caller.Of(http).Name;
        var draft = old is null
            ? drafts.Draft(schedule, ns, caller, now)
            : drafts.DraftOver(old, schedule, now) with
            {
                ChangedBy = caller,
            };
        var by = drafts.By(http, ns, schedule.Name);
        var changes = old is null ? [] : ScheduleViews.Changes(old, draft);
        if (old is not null && changes.Count == 0)
        {
            plan.Items.Add(new AppliedSchedule(schedule.Name, AppliedAction.Unchanged, [], old.Version));
            return;
        }

        if (old is not null && !by.MayChange(old))
        {
            plan.Foreign.Add(old);
        }

        plan.Items.Add(
            new AppliedSchedule(
                schedule.Name,
                old is null ? AppliedAction.Created : AppliedAction.Changed,
                changes,
                old?.Version
            )
        );
        plan.Saves.Add(
            new BrokerInput.ScheduleSave(
                by,
                draft,
                old?.Version ?? 0,
                AuditNotes.Of(http, "schedules:save", ns, $"schedule:{schedule.Name}")
            )
        );
    }

    private void PlanDrop(Plan plan, Schedule old, HttpContext http)
    {
        var by = drafts.By(http, old.Namespace, old.Name);
        if (!by.MayChange(old))
        {
            plan.Items.Add(
                new AppliedSchedule(old.Name, AppliedAction.Kept, [], old.Version, $"It belongs to {old.Owner}.")
            );
            return;
        }

        plan.Items.Add(new AppliedSchedule(old.Name, AppliedAction.Deleted, [], old.Version));
        plan.Drops.Add(
            new BrokerInput.ScheduleDrop(
                by,
                old.Name,
                old.Version,
                AuditNotes.Of(http, "schedules:delete", old.Namespace, $"schedule:{old.Name}")
            )
        );
    }
}
