using ScheduleZero.Contracts.Audit;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Audit;

/// <summary>Says what an audit event tells of, and what a verification has found.</summary>
internal static class AuditText
{
    private const int LengthMax = 2_000;

    public static Tone ToneOf(string outcome) =>
        outcome switch
        {
            AuditOutcomes.Allowed => Tone.Ok,
            AuditOutcomes.Denied => Tone.Bad,
            AuditOutcomes.Failed => Tone.Wait,
            _ => Tone.Idle,
        };

    /// <summary>The fields of an event that are set, with their names.</summary>
    public static IReadOnlyList<(string Name, string Text)> FactsOf(AuditEvent happened)
    {
        List<(string Name, string? Text)> facts =
        [
            ("Actor", happened.Actor),
            ("Proved by", happened.Method),
            ("Session", happened.Session),
            ("Action", happened.Action),
            ("Object", happened.Object),
            ("Namespace", happened.Namespace),
            ("Reason", happened.Reason),
            ("Address", happened.Address),
            ("Request", happened.RequestId),
            (
                "Vouches for",
                happened.Detail is { Through: { } through } detail ? $"{through}:{detail.ThroughHash}" : null
            ),
            ("Signed by key", happened.Detail?.KeyId),
            ("Signature", happened.Detail?.Signature),
            ("Oldest event left", happened.Detail?.Before is { } before ? NumberText.Whole(before) : null),
            ("Hash before it", happened.Detail?.PreviousHash),
            ("Hash", happened.Hash),
        ];
        return
        [
            .. facts
                .Where(fact => fact.Text is { Length: > 0 })
                .Select(fact => (fact.Name, ForeignText.Short(fact.Text, LengthMax))),
        ];
    }

    /// <summary>What a verification has found, in a sentence.</summary>
    public static string Of(AuditVerdict verdict) =>
        verdict.Fault is { } fault
            ? $"Event {NumberText.Whole(fault.Sequence)} is not what was written: {fault.Detail} What comes after it "
                + "was not checked."
            : $"{NumberText.Of(verdict.Count, "event is", "events are")} as written, from "
                + $"{NumberText.Whole(verdict.First)} to {NumberText.Whole(verdict.Last)}, with "
                + $"{NumberText.Of(verdict.Checkpoints, "signed checkpoint", "signed checkpoints")}.";
}
