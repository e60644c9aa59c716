using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent;

/// <summary>What the Broker is told about a method besides its name.</summary>
public sealed class MethodOptions
{
    private int? _maxConcurrent;

    /// <summary>A sentence for people who look for a method; null for none.</summary>
    public string? Description { get; set; }

    /// <summary>
    /// The JSON Schema (draft 2020-12, at most 64 KiB) that the Broker checks params against when a job is made. Empty,
    /// which is the default: the schema of the type that the handler reads params as, see
    /// <see cref="PublishParamsSchema"/>.
    /// </summary>
    public RawJson ParamsSchema { get; set; }

    /// <summary>
    /// Whether the schema of the type that params are read as is published when <see cref="ParamsSchema"/> is empty.
    /// True by default. False: the Broker takes any params, and the agent fails attempts whose params do not fit.
    /// </summary>
    public bool PublishParamsSchema { get; set; } = true;

    /// <summary>
    /// How many attempts of the method may run at once in this instance; 1 or more. Null, which is the
    /// default: as many as <see cref="HandlerAgentOptions.Capacity"/> allows.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public int? MaxConcurrent
    {
        get => _maxConcurrent;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1, nameof(value));
            _maxConcurrent = value;
        }
    }
}
