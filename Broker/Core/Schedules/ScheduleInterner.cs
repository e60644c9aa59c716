using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Interns the parts of schedules, so that equal parts are held once: the trigger with its clock, the spec and the
/// params of the job, and names. Of 100,000 schedules, most differ in little but their own name.
/// </summary>
internal sealed class ScheduleInterner
{
    /// <summary>
    /// How many parts may be interned beyond twice the number of schedules, since parts of deleted schedules are among
    /// them.
    /// </summary>
    private const int SpareMax = 4096;

    /// <summary>The size up to which params are interned. Longer params are assumed to differ.</summary>
    private const int ParamsBytesMax = 256;

    private readonly Dictionary<TriggerRequest, (TriggerRequest Trigger, TriggerClock Clock)> _triggers = [];
    private readonly Dictionary<JobSpec, JobSpec> _specs = new(JobSpecComparer.Instance);
    private readonly Dictionary<RawJson, RawJson> _params = [];
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>The schedule, made of parts that equal schedules hold already.</summary>
    /// <param name="schedules">
    /// The number of schedules. When far more parts than that are interned, the interner forgets them all and begins
    /// anew.
    /// </param>
    public Schedule Intern(Schedule schedule, ref TriggerClock clock, int schedules)
    {
        if (_triggers.Count + _specs.Count + _params.Count + _names.Count > (2 * schedules) + SpareMax)
        {
            _triggers.Clear();
            _specs.Clear();
            _params.Clear();
            _names.Clear();
        }

        return schedule with
        {
            Namespace = Name(schedule.Namespace),
            Trigger = Trigger(schedule.Trigger, ref clock),
            Job = Spec(schedule.Job),
            Params = Params(schedule.Params),
            CreatedBy = Name(schedule.CreatedBy),
            GivenTo = schedule.GivenTo is { } owner ? Name(owner) : null,
            ChangedBy = schedule.ChangedBy is { } by ? Name(by) : null,
        };
    }

    // Interns cron triggers only: the instants of some others depend on when their schedule was made. A trigger with
    // parts is left out because records compare their lists by reference.
    private TriggerRequest Trigger(TriggerRequest trigger, ref TriggerClock clock)
    {
        if (trigger is not { Kind: TriggerKinds.Cron, Triggers: null })
        {
            return trigger;
        }

        if (!_triggers.TryGetValue(trigger, out var known))
        {
            known = (
                trigger with
                {
                    Kind = TriggerKinds.Cron,
                    TimeZone = trigger.TimeZone is { } zone ? Name(zone) : null,
                },
                clock
            );
            _triggers.Add(known.Trigger, known);
        }

        clock = known.Clock;
        return known.Trigger;
    }

    // A spec with a deduplication key or a deadline is made for one schedule, so no other would share it.
    private JobSpec Spec(JobSpec spec)
    {
        if (spec.DeduplicationKey is not null || spec.StartDeadline is not null)
        {
            return spec;
        }

        if (!_specs.TryGetValue(spec, out var known))
        {
            _specs.Add(spec, known = spec);
        }

        return known;
    }

    private RawJson Params(RawJson json)
    {
        if (json.Utf8.Length > ParamsBytesMax)
        {
            return json;
        }

        if (!_params.TryGetValue(json, out var known))
        {
            _params.Add(json, known = json);
        }

        return known;
    }

    private string Name(string name)
    {
        if (!_names.TryGetValue(name, out var known))
        {
            _names.Add(name, known = name);
        }

        return known;
    }
}
