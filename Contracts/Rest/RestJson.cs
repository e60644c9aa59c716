using System.Text.Json;
using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Contracts.Rest;

/// <summary>Generated serialisation of every REST body. Chain it in front of other resolvers.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = JsonConventions.MaxDepth,
    Converters = [typeof(IsoDurationConverter), typeof(CamelCaseEnumConverter<JobState>), typeof(CamelCaseEnumConverter<AttemptOutcome>),
        typeof(CamelCaseEnumConverter<BackoffKind>), typeof(CamelCaseEnumConverter<MisfirePolicy>), typeof(CamelCaseEnumConverter<OverlapPolicy>),
        typeof(CamelCaseEnumConverter<KeyKind>), typeof(CamelCaseEnumConverter<AuditStart>), typeof(CamelCaseEnumConverter<AuditFaultKind>)])]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(BatchRequest))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(CancelRequest))]
[JsonSerializable(typeof(Page<JobView>))]
[JsonSerializable(typeof(Page<AttemptView>))]
[JsonSerializable(typeof(Page<ExecutionView>))]
[JsonSerializable(typeof(Page<LogLine>))]
[JsonSerializable(typeof(LogLine))]
[JsonSerializable(typeof(ExecutionView))]
[JsonSerializable(typeof(ExecutionStats))]
[JsonSerializable(typeof(ScheduleRequest))]
[JsonSerializable(typeof(ScheduleView))]
[JsonSerializable(typeof(Page<ScheduleView>))]
[JsonSerializable(typeof(Page<OccurrenceView>))]
[JsonSerializable(typeof(PauseRequest))]
[JsonSerializable(typeof(PreviewRequest))]
[JsonSerializable(typeof(PreviewAnswer))]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(KeyView))]
[JsonSerializable(typeof(KeyCreated))]
[JsonSerializable(typeof(Page<KeyView>))]
[JsonSerializable(typeof(HandlerView))]
[JsonSerializable(typeof(Page<HandlerView>))]
[JsonSerializable(typeof(Page<MethodView>))]
[JsonSerializable(typeof(BrokerStats))]
[JsonSerializable(typeof(BrokerEvent))]
[JsonSerializable(typeof(AuditEvent))]
[JsonSerializable(typeof(Page<AuditEvent>))]
[JsonSerializable(typeof(AuditKeySet))]
[JsonSerializable(typeof(AuditVerdict))]
[JsonSerializable(typeof(Problem))]
public sealed partial class RestJson : JsonSerializerContext;

internal sealed class CamelCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
