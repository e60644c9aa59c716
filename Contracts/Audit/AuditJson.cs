using System.Text.Json;
using System.Text.Json.Serialization;

namespace ScheduleZero.Contracts.Audit;

/// <summary>Generated serialisation of the lines of the audit log, with the options of RestJson.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = JsonConventions.MaxDepth,
    // Duplicate fields are refused, since two readers of one body could each believe another one.
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(AuditEvent))]
internal sealed partial class AuditJson : JsonSerializerContext;
