using System.Text.Json;
using System.Text.Json.Serialization;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>One line of the journal of runs. Copies have numbers there, so that each is written once.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(CopyKept), "copy")]
[JsonDerivedType(typeof(Begun), "begun")]
[JsonDerivedType(typeof(Failed), "failed")]
[JsonDerivedType(typeof(Ended), "ended")]
[JsonDerivedType(typeof(Forgotten), "forgotten")]
internal abstract record JournalRecord
{
    private JournalRecord() { }

    public sealed record CopyKept(int Number, SignedCopy Signed) : JournalRecord;

    public sealed record Begun(int Copy, DateTimeOffset Nominal, int Attempt, DateTimeOffset At) : JournalRecord;

    /// <summary>An attempt ended, and another will follow.</summary>
    public sealed record Failed(
        int Copy,
        DateTimeOffset Nominal,
        AttemptError Error,
        DateTimeOffset RetryAt,
        IReadOnlyList<OfflineLogLine>? Log
    ) : JournalRecord;

    /// <summary>Nothing more will happen to the occurrence; all that is to be said of it.</summary>
    public sealed record Ended(int Copy, OfflineRun Run) : JournalRecord;

    /// <summary>The Broker has these, or has refused them.</summary>
    public sealed record Forgotten(Guid ScheduleId, IReadOnlyList<DateTimeOffset> Nominals) : JournalRecord;
}

/// <summary>Names the folder, for good.</summary>
internal sealed record StoreFile(string Id);

/// <summary>A run that the Broker will never take, put aside for a person.</summary>
internal sealed record RefusedRun(
    string Reason,
    DateTimeOffset RefusedAt,
    string Schedule,
    KeptCopy Copy,
    OfflineRun Run
);

internal static class OfflineJson
{
    /// <summary>Deeper than any message of the protocol: what was written must be readable again.</summary>
    public static JsonSerializerOptions Options { get; } =
        new(JsonConventions.Options)
        {
            MaxDepth = 256,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
}
