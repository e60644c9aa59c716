using System.Text.Json;
using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Contracts.Offline;

/// <summary>Generated serialisation of copies of schedules, with the options of <see cref="RestJson"/>.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = JsonConventions.MaxDepth,
    // Duplicate fields are refused, since two readers of one body could each believe another one.
    AllowDuplicateProperties = false,
    Converters = [
        typeof(IsoDurationConverter),
        typeof(CamelCaseEnumConverter<BackoffKind>),
        typeof(CamelCaseEnumConverter<OverlapPolicy>),
        typeof(CamelCaseEnumConverter<DayOfWeek>),
    ]
)]
[JsonSerializable(typeof(KeptSchedule))]
internal sealed partial class KeptScheduleJson : JsonSerializerContext;
