using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Limiting;

/// <summary>The method or the handler whose limits are shown and changed.</summary>
/// <param name="IsMethod">Whether the name is that of a method; else it is that of a handler.</param>
public sealed record LimitSubject(string Namespace, bool IsMethod, string Name)
{
    /// <summary>The path of the limits in a request to REST, as its refusals name it.</summary>
    public string Path => $"limits.{(IsMethod ? "perMethod" : "perHandler")}.{Name}";

    /// <summary>The limits that a namespace gives the method or handler; null for none.</summary>
    public WorkLimits? Of(NamespaceLimits limits) => AllOf(limits)?.GetValueOrDefault(Name);

    /// <summary>The limits of a namespace with other ones of the method or handler; null for none.</summary>
    public NamespaceLimits With(NamespaceLimits limits, WorkLimits? own)
    {
        var all = new Dictionary<string, WorkLimits>(StringComparer.Ordinal);
        foreach (var (name, given) in AllOf(limits) ?? new Dictionary<string, WorkLimits>())
        {
            all[name] = given;
        }

        all.Remove(Name);
        if (own is not null)
        {
            all[Name] = own;
        }

        var left = all.Count > 0 ? all : null;
        return IsMethod ? limits with { PerMethod = left } : limits with { PerHandler = left };
    }

    private IReadOnlyDictionary<string, WorkLimits>? AllOf(NamespaceLimits limits) =>
        IsMethod ? limits.PerMethod : limits.PerHandler;
}
