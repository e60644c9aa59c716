using System.Text.Json;
using System.Text.Json.Serialization;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// One line of the journal of offline runs. A copy of a schedule has a number, so that it is written once.
/// </summary>
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

    /// <summary>An attempt has failed, and another one will follow.</summary>
    public sealed record Failed(
        int Copy,
        DateTimeOffset Nominal,
        AttemptError Error,
        DateTimeOffset RetryAt,
        IReadOnlyList<OfflineLogLine>? Log
    ) : JournalRecord;

    /// <summary>The occurrence has ended. The run has everything that is to be reported of it.</summary>
    public sealed record Ended(int Copy, OfflineRun Run) : JournalRecord;

    /// <summary>The Broker has stored these occurrences, or has refused them.</summary>
    public sealed record Forgotten(Guid ScheduleId, IReadOnlyList<DateTimeOffset> Nominals) : JournalRecord;
}

/// <summary>The file that gives the folder its id, for good.</summary>
internal sealed record StoreFile(string Id);

/// <summary>A run that the Broker will never accept, in a file for a person to read.</summary>
internal sealed record RefusedRun(
    string Reason,
    DateTimeOffset RefusedAt,
    string Schedule,
    KeptCopy Copy,
    OfflineRun Run
);

/// <summary>The options by which the files of the offline folder are written and read.</summary>
internal static class OfflineJson
{
    /// <summary>
    /// The options of JSON. The options allow deeper nesting than any message of the protocol: what was written must be
    /// readable.
    /// </summary>
    public static JsonSerializerOptions Options { get; } =
        new(JsonConventions.Options)
        {
            MaxDepth = 256,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
}
