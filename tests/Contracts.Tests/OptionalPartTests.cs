using System.Reflection;
using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Contracts.Tests;

/// <summary>What is null is left out of JSON, so a reader must not insist on it.</summary>
public sealed class OptionalPartTests
{
    [Test]
    public void No_reader_insists_on_a_part_that_writers_leave_out()
    {
        var nullability = new NullabilityInfoContext();
        var insisted =
            from type in typeof(JobView).Assembly.GetExportedTypes()
            where
                type.Namespace
                    is "ScheduleZero.Contracts.Rest"
                        or "ScheduleZero.Contracts.Handlers"
                        or "ScheduleZero.Contracts.Audit"
            from constructor in type.GetConstructors()
            from parameter in constructor.GetParameters()
            let property = parameter.Name is { } name ? type.GetProperty(name) : null
            where property is not null && !parameter.HasDefaultValue
            where nullability.Create(property).ReadState == NullabilityState.Nullable
            where property.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition != JsonIgnoreCondition.Never
            select $"{type.Name}.{property.Name}";
        Assert.That(insisted, Is.Empty, "Give the parameter a default, or have the property written when it is null.");
    }
}
