using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent;

/// <summary>What the Broker is told about a method besides its name.</summary>
public sealed class MethodOptions
{
    private int? _maxConcurrent;

    public string? Description { get; set; }

    /// <summary>JSON Schema of the params.</summary>
    public RawJson ParamsSchema { get; set; }

    /// <summary>
    /// At most this many attempts of the method at once on this copy; 1 or more. Unset: up to the capacity.
    /// </summary>
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
