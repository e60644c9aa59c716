using System.Text.Json.Nodes;

namespace ScheduleZero.Broker.Host.Api.Reference;

/// <summary>The examples of bodies for the OpenAPI document, by operation. Each works without a change.</summary>
internal static class Examples
{
    private const string Job =
        """{ "method": "reports.render", "params": { "month": "2026-10" }, "timeout": "PT10M", "retry": { "maxAttempts": 5 }, "tags": ["monthly"] }""";

    private const string Schedule =
        """{ "name": "nightly", "trigger": { "kind": "cron", "expression": "0 2 * * *", "timeZone": "Europe/Berlin" }, "job": { "method": "db.backup", "handler": "office-7" }, "misfire": "latest", "overlap": "skip" }""";

    public static JsonNode? ForRequest(string? operation) =>
        operation switch
        {
            "submitJob" => JsonNode.Parse(Job),
            "submitJobs" => JsonNode.Parse($$"""{ "jobs": [{{Job}}] }"""),
            "patchJob" => JsonNode.Parse("""{ "priority": 10 }"""),
            "beginBulkAct" => JsonNode.Parse(
                """{ "action": "cancel", "filter": { "state": "ready", "method": "reports.render" }, "dryRun": true }"""
            ),
            "submitBatch" => JsonNode.Parse(
                $$"""{ "name": "october", "jobs": [{{Job}}], "onComplete": { "method": "reports.send" } }"""
            ),
            "createSchedule" or "putSchedule" => JsonNode.Parse(Schedule),
            "applySchedules" => JsonNode.Parse(
                $$"""{ "schedules": [{{Schedule}}], "prune": true, "pruneMatching": "night*", "dryRun": true }"""
            ),
            "backfillSchedule" => JsonNode.Parse(
                """{ "from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z", "overlap": "queue", "dryRun": true }"""
            ),
            "createCalendar" or "putCalendar" => JsonNode.Parse(
                """{ "name": "holidays", "timeZone": "Europe/Berlin", "dates": ["2026-10-03"], "ranges": [{ "from": "2026-12-24", "to": "2027-01-01" }], "weekdays": ["saturday", "sunday"] }"""
            ),
            "previewTrigger" => JsonNode.Parse(
                """{ "trigger": { "kind": "interval", "every": "PT15M" }, "count": 5 }"""
            ),
            "simulateSchedules" => JsonNode.Parse($$"""{ "schedules": [{{Schedule}}], "timeZone": "Europe/Berlin" }"""),
            "pauseMethod" => JsonNode.Parse(
                """{ "reason": "The mail server moves.", "until": "2030-01-01T06:00:00Z" }"""
            ),
            "putAlertChannel" => JsonNode.Parse("""{ "kind": "mail", "to": ["ops@example.org"] }"""),
            "putAlertRule" => JsonNode.Parse(
                """{ "when": "jobFailed", "only": ["reports.*"], "channels": ["ops"], "wait": "PT30S", "repeat": "PT4H" }"""
            ),
            "muteAlertRule" => JsonNode.Parse(
                """{ "until": "2027-01-01T06:00:00Z", "reason": "The mail server moves." }"""
            ),
            "createKey" => JsonNode.Parse("""{ "kind": "handler", "handler": "office-7", "methods": ["reports.*"] }"""),
            "createEnrolment" => JsonNode.Parse(
                """{ "handler": "office-7", "methods": ["reports.*"], "expiresIn": "PT15M" }"""
            ),
            _ => null,
        };
}
