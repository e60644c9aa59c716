using ScheduleZero.Host.Tests.Api;

namespace ScheduleZero.Host.Tests.Audit;

/// <summary>The routes of REST that have a writing verb, with what the audit log notes of each.</summary>
internal static class WritingRoutes
{
    private const string Route = "/api/namespaces/{ns}";
    public const string Ns = "/api/namespaces/default";
    public const string ScheduleBody =
        """{"name":"nightly","trigger":{"kind":"cron","expression":"0 2 * * *"},"job":{"method":"db.backup"}}""";

    // For every route that writes: a request that it accepts, and the note that the audit log gets. {job} and {ended}
    // stand for jobs, {key} for a key.
    public static readonly (
        string Verb,
        string Route,
        string Path,
        string Body,
        string Action,
        string Object
    )[] Writes =
    [
        ("POST", $"{Route}/jobs", $"{Ns}/jobs", """{"method":"a"}""", "jobs:run", "job:"),
        (
            "POST",
            $"{Route}/jobs/batch",
            $"{Ns}/jobs/batch",
            """{"jobs":[{"method":"a"},{"method":"b"},{"method":"?"}]}""",
            "jobs:run",
            "jobs:2"
        ),
        ("POST", $"{Route}/batches", $"{Ns}/batches", """{"jobs":[{"method":"a"}]}""", "jobs:run", "batch:"),
        (
            "POST",
            $"{Route}/batches/{{id}}/cancel",
            $"{Ns}/batches/{FakeBroker.OpenBatch}/cancel",
            "",
            "jobs:cancel",
            $"batch:{FakeBroker.OpenBatch}"
        ),
        ("PATCH", $"{Route}/jobs/{{id}}", $"{Ns}/jobs/{{job}}", """{"priority":5}""", "jobs:priority", "job:{job}"),
        ("POST", $"{Route}/jobs/{{id}}/cancel", $"{Ns}/jobs/{{job}}/cancel", "{}", "jobs:cancel", "job:{job}"),
        ("POST", $"{Route}/jobs/{{id}}/retry", $"{Ns}/jobs/{{job}}/retry", "", "jobs:retry", "job:{job}"),
        ("POST", $"{Route}/jobs/{{id}}/replay", $"{Ns}/jobs/{{ended}}/replay", "", "jobs:replay", "job:"),
        (
            "POST",
            $"{Route}/schedules",
            $"{Ns}/schedules",
            ScheduleBody.Replace("nightly", "other"),
            "schedules:save",
            "schedule:other"
        ),
        (
            "POST",
            $"{Route}/schedules/apply",
            $"{Ns}/schedules/apply",
            $$"""{"schedules":[{{ScheduleBody.Replace("nightly", "other")}}]}""",
            "schedules:apply",
            "schedules"
        ),
        (
            "PUT",
            $"{Route}/schedules/{{name}}",
            $"{Ns}/schedules/nightly",
            ScheduleBody,
            "schedules:save",
            "schedule:nightly"
        ),
        (
            "POST",
            $"{Route}/schedules/{{name}}/pause",
            $"{Ns}/schedules/nightly/pause",
            "{}",
            "schedules:pause",
            "schedule:nightly"
        ),
        (
            "POST",
            $"{Route}/schedules/{{name}}/resume",
            $"{Ns}/schedules/nightly/resume",
            "",
            "schedules:resume",
            "schedule:nightly"
        ),
        (
            "POST",
            $"{Route}/schedules/{{name}}/trigger",
            $"{Ns}/schedules/nightly/trigger",
            "",
            "schedules:trigger",
            "schedule:nightly"
        ),
        (
            "POST",
            $"{Route}/schedules/{{name}}/backfill",
            $"{Ns}/schedules/nightly/backfill",
            """{"from":"2026-01-01T00:00:00Z","to":"2026-01-03T00:00:00Z"}""",
            "schedules:backfill",
            "schedule:nightly"
        ),
        (
            "DELETE",
            $"{Route}/schedules/{{name}}/backfill",
            $"{Ns}/schedules/nightly/backfill",
            "",
            "schedules:cancelBackfill",
            "schedule:nightly"
        ),
        (
            "DELETE",
            $"{Route}/schedules/{{name}}",
            $"{Ns}/schedules/nightly",
            "",
            "schedules:delete",
            "schedule:nightly"
        ),
        (
            "POST",
            $"{Route}/calendars",
            $"{Ns}/calendars",
            """{"name":"other","weekdays":["sunday"]}""",
            "calendars:save",
            "calendar:other"
        ),
        (
            "PUT",
            $"{Route}/calendars/{{name}}",
            $"{Ns}/calendars/holidays",
            """{"name":"holidays","dates":["2026-10-03"]}""",
            "calendars:save",
            "calendar:holidays"
        ),
        (
            "DELETE",
            $"{Route}/calendars/{{name}}",
            $"{Ns}/calendars/holidays",
            "",
            "calendars:delete",
            "calendar:holidays"
        ),
        (
            "PUT",
            $"{Route}/alerts/channels/{{channel}}",
            $"{Ns}/alerts/channels/mails",
            """{"kind":"mail","to":["ops@example.org"]}""",
            "alerts:saveChannel",
            "channel:mails"
        ),
        (
            "POST",
            $"{Route}/alerts/channels/{{channel}}/test",
            $"{Ns}/alerts/channels/ops/test",
            "",
            "alerts:test",
            "channel:ops"
        ),
        (
            "DELETE",
            $"{Route}/alerts/channels/{{channel}}",
            $"{Ns}/alerts/channels/spare",
            "",
            "alerts:deleteChannel",
            "channel:spare"
        ),
        (
            "PUT",
            $"{Route}/alerts/rules/{{rule}}",
            $"{Ns}/alerts/rules/other",
            """{"when":"jobFailed","channels":["ops"]}""",
            "alerts:saveRule",
            "rule:other"
        ),
        (
            "POST",
            $"{Route}/alerts/rules/{{rule}}/mute",
            $"{Ns}/alerts/rules/failures/mute",
            """{"until":"2026-12-01T00:00:00Z"}""",
            "alerts:mute",
            "rule:failures"
        ),
        (
            "POST",
            $"{Route}/alerts/rules/{{rule}}/unmute",
            $"{Ns}/alerts/rules/failures/unmute",
            "",
            "alerts:unmute",
            "rule:failures"
        ),
        (
            "DELETE",
            $"{Route}/alerts/rules/{{rule}}",
            $"{Ns}/alerts/rules/failures",
            "",
            "alerts:deleteRule",
            "rule:failures"
        ),
        (
            "POST",
            $"{Route}/methods/{{method}}/pause",
            $"{Ns}/methods/reports.render/pause",
            "{\"reason\":\"mended\"}",
            "methods:pause",
            "method:reports.render"
        ),
        (
            "POST",
            $"{Route}/methods/{{method}}/resume",
            $"{Ns}/methods/reports.render/resume",
            "",
            "methods:resume",
            "method:reports.render"
        ),
        (
            "POST",
            $"{Route}/handlers/{{name}}/drain",
            $"{Ns}/handlers/office-7/drain",
            "",
            "handlers:drain",
            "handler:office-7"
        ),
        (
            "POST",
            $"{Route}/handlers/{{name}}/resume",
            $"{Ns}/handlers/office-7/resume",
            "",
            "handlers:resume",
            "handler:office-7"
        ),
        (
            "POST",
            $"{Route}/handlers/{{name}}/disconnect",
            $"{Ns}/handlers/office-7/disconnect",
            "",
            "handlers:disconnect",
            "handler:office-7"
        ),
        ("DELETE", $"{Route}/handlers/{{name}}", $"{Ns}/handlers/office-7", "", "handlers:delete", "handler:office-7"),
        ("POST", $"{Route}/keys", $"{Ns}/keys", """{"kind":"handler","handler":"office-7"}""", "keys:create", "key:"),
        ("DELETE", $"{Route}/keys/{{id}}", $"{Ns}/keys/{{key}}", "", "keys:revoke", "key:{key}"),
        (
            "PATCH",
            $"{Route}/keys/{{id}}",
            $"{Ns}/keys/{{handlerKey}}",
            """{"methods":["a"]}""",
            "keys:change",
            "key:{handlerKey}"
        ),
        ("POST", $"{Route}/keys/{{id}}/rotate", $"{Ns}/keys/{{key}}/rotate", "", "keys:rotate", "key:{key}"),
        (
            "POST",
            $"{Route}/enrolments",
            $"{Ns}/enrolments",
            """{"handler":"office-9"}""",
            "enrolments:create",
            "enrolment:"
        ),
        (
            "DELETE",
            $"{Route}/enrolments/{{id}}",
            $"{Ns}/enrolments/{{enrolment}}",
            "",
            "enrolments:delete",
            "enrolment:{enrolment}"
        ),
        (
            "POST",
            "/api/users",
            "/api/users",
            """{"userName":"ben","roles":[{"role":"viewer","namespace":"default"}]}""",
            "users:create",
            "user:ben"
        ),
        ("PATCH", "/api/users/{user}", "/api/users/ana", """{"roles":[]}""", "users:change", "user:ana"),
        ("DELETE", "/api/users/{user}", "/api/users/ana", "", "users:delete", "user:ana"),
        ("POST", "/api/users/{user}/password", "/api/users/ana/password", "{}", "users:reset-password", "user:ana"),
        (
            "DELETE",
            "/api/users/{user}/sessions/{id}",
            "/api/users/ana/sessions/{session}",
            "",
            "users:end-session",
            "user:ana"
        ),
        (
            "POST",
            "/api/roles",
            "/api/roles",
            """{"name":"shop","rules":[{"permissions":["jobs:run"]}]}""",
            "roles:create",
            "role:shop"
        ),
        (
            "PUT",
            "/api/roles/{role}",
            "/api/roles/{role}",
            """{"name":"{role}","rules":[{"permissions":["jobs:run"]}]}""",
            "roles:change",
            "role:{role}"
        ),
        ("DELETE", "/api/roles/{role}", "/api/roles/{role}", "", "roles:delete", "role:{role}"),
        (
            "POST",
            "/api/curve/keys",
            "/api/curve/keys",
            """{"publicKey":"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7","name":"office-7"}""",
            "curve:allow",
            "curve:"
        ),
        ("DELETE", "/api/curve/keys/{id}", "/api/curve/keys/{curve}", "", "curve:revoke", "curve:{curve}"),
        ("POST", "/api/namespaces", "/api/namespaces", """{"name":"shop"}""", "namespaces:create", "namespace:shop"),
        ("PATCH", Route, "/api/namespaces/tenant-a", "{}", "namespaces:change", "namespace:tenant-a"),
        ("DELETE", Route, "/api/namespaces/tenant-a?confirm=tenant-a", "", "namespaces:delete", "namespace:tenant-a"),
    ];

    // The routes of users on their own account. Each is in one of AccountNoteTests.
    public static readonly string[] OwnWrites =
    [
        "POST /api/auth/login",
        "POST /api/auth/refresh",
        "POST /api/auth/logout",
        "DELETE /api/auth/sessions/{id}",
        "POST /api/auth/password",
        "POST /api/auth/totp",
        "POST /api/auth/totp/confirm",
        "POST /api/auth/totp/remove",
        "POST /api/auth/recovery-codes",
    ];

    // A bulk act is noted when it begins, and when it has ended or was stopped: see BulkActsTests.
    public static readonly string[] BulkWrites = [$"POST {Route}/jobs/bulk", $"DELETE {Route}/jobs/bulk/{{id}}"];

    // The routes that have a writing verb and write nothing.
    public static readonly string[] Questions = [$"POST {Route}/schedules/preview", $"POST {Route}/schedules/simulate"];
}
