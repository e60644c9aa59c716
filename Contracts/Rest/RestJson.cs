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
    // Duplicate fields are refused, since two readers of one body could each believe another one.
    AllowDuplicateProperties = false,
    Converters = [
        typeof(IsoDurationConverter),
        typeof(CamelCaseEnumConverter<JobState>),
        typeof(CamelCaseEnumConverter<AttemptOutcome>),
        typeof(CamelCaseEnumConverter<BackoffKind>),
        typeof(CamelCaseEnumConverter<AfterFailure>),
        typeof(CamelCaseEnumConverter<GateCode>),
        typeof(CamelCaseEnumConverter<MisfirePolicy>),
        typeof(CamelCaseEnumConverter<OverlapPolicy>),
        typeof(CamelCaseEnumConverter<OfflinePolicy>),
        typeof(CamelCaseEnumConverter<OccurrenceOrigin>),
        typeof(CamelCaseEnumConverter<BackfillState>),
        typeof(CamelCaseEnumConverter<BulkAction>),
        typeof(CamelCaseEnumConverter<BulkActState>),
        typeof(CamelCaseEnumConverter<AppliedAction>),
        typeof(CamelCaseEnumConverter<ScheduleGateCode>),
        typeof(CamelCaseEnumConverter<KeyKind>),
        typeof(CamelCaseEnumConverter<KeyProof>),
        typeof(CamelCaseEnumConverter<AuditStart>),
        typeof(CamelCaseEnumConverter<AuditFaultKind>),
        typeof(CamelCaseEnumConverter<DiskState>),
        typeof(CamelCaseEnumConverter<LinkDialler>),
        typeof(CamelCaseEnumConverter<LinkState>),
        typeof(CamelCaseEnumConverter<LinkErrorReason>),
        typeof(CamelCaseEnumConverter<SettingGroup>),
        typeof(CamelCaseEnumConverter<SettingSource>),
        typeof(CamelCaseEnumConverter<AlertCondition>),
        typeof(CamelCaseEnumConverter<AlertPhase>),
        typeof(CamelCaseEnumConverter<AlertChannelKind>),
        typeof(CamelCaseEnumConverter<DayOfWeek>),
    ]
)]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(JobExplanation))]
[JsonSerializable(typeof(JobCounts))]
[JsonSerializable(typeof(BatchRequest))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(BatchSubmission))]
[JsonSerializable(typeof(BatchCreated))]
[JsonSerializable(typeof(BatchView))]
[JsonSerializable(typeof(Page<BatchView>))]
[JsonSerializable(typeof(CancelRequest))]
[JsonSerializable(typeof(ReplayRequest))]
[JsonSerializable(typeof(JobPatch))]
[JsonSerializable(typeof(BulkFilter))]
[JsonSerializable(typeof(BulkActRequest))]
[JsonSerializable(typeof(BulkActView))]
[JsonSerializable(typeof(Page<BulkActView>))]
[JsonSerializable(typeof(Page<JobView>))]
[JsonSerializable(typeof(Page<AttemptView>))]
[JsonSerializable(typeof(Page<ChainedJob>))]
[JsonSerializable(typeof(Page<ExecutionView>))]
[JsonSerializable(typeof(Page<LogLine>))]
[JsonSerializable(typeof(LogLine))]
[JsonSerializable(typeof(JobLine))]
[JsonSerializable(typeof(NewestLogs))]
[JsonSerializable(typeof(ExecutionView))]
[JsonSerializable(typeof(ExecutionStats))]
[JsonSerializable(typeof(AlertChannelRequest))]
[JsonSerializable(typeof(Page<AlertChannelView>))]
[JsonSerializable(typeof(AlertChannelTest))]
[JsonSerializable(typeof(AlertRuleRequest))]
[JsonSerializable(typeof(Page<AlertRuleView>))]
[JsonSerializable(typeof(AlertMuteRequest))]
[JsonSerializable(typeof(Page<AlertView>))]
[JsonSerializable(typeof(ScheduleRequest))]
[JsonSerializable(typeof(ScheduleView))]
[JsonSerializable(typeof(ScheduleExplanation))]
[JsonSerializable(typeof(ApplyRequest))]
[JsonSerializable(typeof(ApplyAnswer))]
[JsonSerializable(typeof(BackfillRequest))]
[JsonSerializable(typeof(BackfillView))]
[JsonSerializable(typeof(Page<ScheduleView>))]
[JsonSerializable(typeof(Page<OccurrenceView>))]
[JsonSerializable(typeof(Page<ScheduleVersionView>))]
[JsonSerializable(typeof(CalendarRequest))]
[JsonSerializable(typeof(CalendarView))]
[JsonSerializable(typeof(Page<CalendarView>))]
[JsonSerializable(typeof(SimulationRequest))]
[JsonSerializable(typeof(SimulationAnswer))]
[JsonSerializable(typeof(PauseRequest))]
[JsonSerializable(typeof(RunNowRequest))]
[JsonSerializable(typeof(PreviewRequest))]
[JsonSerializable(typeof(PreviewAnswer))]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(KeyView))]
[JsonSerializable(typeof(KeyCreated))]
[JsonSerializable(typeof(KeyRotation))]
[JsonSerializable(typeof(KeyPatch))]
[JsonSerializable(typeof(Page<KeyView>))]
[JsonSerializable(typeof(IReadOnlyList<RoleRule>))]
[JsonSerializable(typeof(EnrolmentRequest))]
[JsonSerializable(typeof(EnrolmentView))]
[JsonSerializable(typeof(EnrolmentCreated))]
[JsonSerializable(typeof(Page<EnrolmentView>))]
[JsonSerializable(typeof(RoleRequest))]
[JsonSerializable(typeof(RoleView))]
[JsonSerializable(typeof(Page<RoleView>))]
[JsonSerializable(typeof(UserRequest))]
[JsonSerializable(typeof(UserPatch))]
[JsonSerializable(typeof(UserView))]
[JsonSerializable(typeof(UserCreated))]
[JsonSerializable(typeof(Page<UserView>))]
[JsonSerializable(typeof(PasswordReset))]
[JsonSerializable(typeof(PasswordAnswer))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(RefreshRequest))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(MeView))]
[JsonSerializable(typeof(PasswordChange))]
[JsonSerializable(typeof(PasswordProof))]
[JsonSerializable(typeof(TotpSecret))]
[JsonSerializable(typeof(TotpProof))]
[JsonSerializable(typeof(RecoveryCodes))]
[JsonSerializable(typeof(Page<UserSessionView>))]
[JsonSerializable(typeof(JsonWebKeys))]
[JsonSerializable(typeof(NamespaceRequest))]
[JsonSerializable(typeof(NamespacePatch))]
[JsonSerializable(typeof(NamespaceView))]
[JsonSerializable(typeof(Page<NamespaceView>))]
[JsonSerializable(typeof(HandlerView))]
[JsonSerializable(typeof(Page<HandlerConnectionView>))]
[JsonSerializable(typeof(Page<HandlerView>))]
[JsonSerializable(typeof(MethodView))]
[JsonSerializable(typeof(MethodPauseRequest))]
[JsonSerializable(typeof(Page<MethodView>))]
[JsonSerializable(typeof(CurveKeyRequest))]
[JsonSerializable(typeof(CurveKeyView))]
[JsonSerializable(typeof(Page<CurveKeyView>))]
[JsonSerializable(typeof(BrokerStats))]
[JsonSerializable(typeof(Page<LinkView>))]
[JsonSerializable(typeof(Page<SettingView>))]
[JsonSerializable(typeof(BrokerEvent))]
[JsonSerializable(typeof(EventsSince))]
[JsonSerializable(typeof(AuditEvent))]
[JsonSerializable(typeof(Page<AuditEvent>))]
[JsonSerializable(typeof(AuditChainView))]
[JsonSerializable(typeof(AuditKeySet))]
[JsonSerializable(typeof(AuditVerdict))]
[JsonSerializable(typeof(Problem))]
public sealed partial class RestJson : JsonSerializerContext;

/// <summary>
/// Reads and writes an enum as one of its words. The serialiser's own converter also accepts several words with commas
/// between, and makes a third one of them: "skip,queue" would be cancelPrevious.
/// </summary>
internal sealed class CamelCaseEnumConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    private static readonly Dictionary<string, T> _values = Enum.GetValues<T>()
        .ToDictionary(WordOf, StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<T, JsonEncodedText> _words = Enum.GetValues<T>()
        .ToDictionary(value => value, value => JsonEncodedText.Encode(WordOf(value)));

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && _values.TryGetValue(reader.GetString()!, out var value)
            ? value
            : throw new JsonException($"One of {string.Join(", ", _values.Keys)} is needed.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(_words[value]);

    private static string WordOf(T value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
