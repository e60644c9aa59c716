using System.Text.Json.Nodes;

namespace ScheduleZero.Cli.Tests;

/// <summary>
/// A table of the command line: the words that print the table, the answer that fills it, and the texts that must stand
/// in it unbroken.
/// </summary>
internal sealed record TableCase(string Words, string Answer, params string[] Unbroken)
{
    public const string Id = "0198c1a2-7f00-7abc-8def-0123456789ab";
    private const string At = "2026-01-02T12:00:00Z";

    /// <summary>
    /// A text that tries to control the terminal, reverses lines, has characters of two cells and of none, and has no
    /// place for a line break.
    /// </summary>
    private static readonly string _hostile =
        "\u001b[2J\u001b]0;owned\u0007 \u202Eecivres\u202C \r\nSTATE  succeeded\t日本語の長い説明文 👩‍👩‍👧‍👦 e\u0301\u200F "
        + new string('w', 200);

    /// <summary>All tables of the command line, with ordinary content.</summary>
    public static IReadOnlyList<TableCase> All { get; } =
    [
        new(
            "jobs list",
            Page(
                $$"""
                {"id":"{{Id}}","namespace":"default","state":"succeeded","attempts":1,"method":"reports.render-monthly","handler":"office-7",
                "enqueuedAt":"{{At}}","runAt":"{{At}}","finishedAt":"{{At}}","timeout":"PT1H","retry":{"maxAttempts":3},"createdBy":"key:x"}
                """
            ),
            Id,
            "succeeded",
            "reports.render-monthly"
        ),
        new(
            "links",
            Page(
                $$"""
                {"address":"tcp://dmz.example.org:4242","dialledBy":"broker","state":"down","since":"{{At}}","bridges":["dmz-1"],"attempts":3,
                "lastError":{"reason":"wrongServerKey","detail":"The server did not prove its key.","at":"{{At}}"},"nextTryAt":"{{At}}"}
                """
            ),
            "tcp://dmz.example.org:4242",
            "down"
        ),
        new(
            "settings",
            Page(
                """
                {"name":"--anonymous-requests-per-minute","variable":"SCHEDULEZERO_ANONYMOUS_REQUESTS_PER_MINUTE","group":"limits",
                "description":"d","source":"commandLine","values":["11"],"defaultValues":["10"],"unit":"requests a minute",
                "isSecret":false,"isSet":true}
                """
            ),
            "--anonymous-requests-per-minute",
            "commandLine"
        ),
        new(
            "curve list",
            Page(
                $$"""
                {"id":"0123456789ab","publicKey":"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7","name":"office-7","allowed":true,
                "namespace":"default","handler":"office-7","createdAt":"{{At}}","createdBy":"key:x","expiresAt":"{{At}}"}
                """
            ),
            "0123456789ab",
            "office-7"
        ),
        new(
            $"jobs explain {Id}",
            $$"""
            {"id":"{{Id}}","state":"ready","heldBy":"offline","gates":[{"gate":"notDue","passed":true,"sentence":"It was due at 12:00."},
            {"gate":"offline","passed":false,"sentence":"office-berlin-7 offers reports.render-monthly, and it is not connected since noon.",
            "opensWhen":"It connects, or another handler that offers the method does.","opensAt":"{{At}}"}]}
            """,
            "notDue",
            "offline",
            "holds",
            "office-berlin-7",
            "2026-01-02 12:00:00Z"
        ),
        new(
            $"jobs attempts {Id}",
            Page(
                $$"""
                {"attemptId":"{{Id}}.1","number":1,"outcome":"timedOut","handler":"office-berlin-7","session":"s","fencingToken":123456,
                "assignedAt":"{{At}}","finishedAt":"{{At}}","error":{"type":"timeout","message":"The attempt ran longer than its timeout of one hour, and was ended."} }
                """
            ),
            "timedOut"
        ),
        new(
            $"jobs chain {Id}",
            Page(
                $$"""
                {"id":"{{Id}}","state":"succeeded","method":"reports.render-monthly","depth":-1,"after":[],"moreAfter":3,"moreDependents":100}
                """
            ),
            Id,
            "succeeded"
        ),
        new(
            "batches list",
            Page(
                $$"""
                {"id":"{{Id}}","namespace":"default","name":"october-statements","total":300,"counts":{"scheduled":0,"ready":1,"running":0,"succeeded":2,
                "failed":0,"cancelled":0,"expired":0},"createdAt":"{{At}}","finishedAt":"{{At}}","createdBy":"key:x"}
                """
            ),
            Id,
            "2 of 300"
        ),
        new(
            "executions list",
            Page(
                $$"""
                {"jobId":"{{Id}}","namespace":"default","method":"reports.render","attempt":{"attemptId":"{{Id}}.1","number":2,"outcome":"succeeded",
                "handler":"office-7","session":"s","fencingToken":1,"assignedAt":"{{At}}"},"durationSeconds":1.5,"schedule":"nightly-statements"}
                """
            ),
            Id,
            "succeeded",
            "2026-01-02 12:00:00Z"
        ),
        new(
            "executions stats --by method",
            """
            {"window":"P1D","items":[{"name":"reports.render-monthly","total":123456,"succeeded":123400,"successRate":0.9995,"meanSeconds":1.25,
            "p50Seconds":1.1,"p95Seconds":2.25,"p99Seconds":12.5}]}
            """,
            "reports.render-monthly",
            "99.95 %"
        ),
        new(
            "executions stats --step 5m",
            $$"""
            {"window":"PT1H","items":[],"step":"PT5M","series":[{"from":"{{At}}","total":123456,"succeeded":123400,"meanSeconds":1.25,
            "p50Seconds":1.1,"p95Seconds":2.25,"p99Seconds":12.5}]}
            """,
            "2026-01-02 12:00:00Z",
            "123400"
        ),
        new(
            "schedules list",
            Page(
                $$"""
                {"name":"nightly-statements","namespace":"default","version":3,"trigger":{"kind":"cron","expression":"0 2 * * MON-FRI","timeZone":"America/Argentina/ComodRivadavia"},
                "job":{"method":"reports.render-monthly"},"misfire":"latest","catchUpWindow":"PT1H","overlap":"skip","jitter":"PT0S","paused":true,"nextNominal":"{{At}}","lastNominal":"{{At}}",
                "occurrences":712345,"missed":12,"createdAt":"{{At}}","changedAt":"{{At}}","createdBy":"key:x","owner":"key:x"}
                """
            ),
            "nightly-statements",
            "paused"
        ),
        new(
            "schedules occurrences nightly",
            Page(
                $$"""{"nominal":"{{At}}","jobId":"{{Id}}"},{"nominal":"{{At}}","missed":"The job before was unfinished, and the overlap policy is skip."}"""
            ),
            Id,
            "2026-01-02 12:00:00Z"
        ),
        new(
            "schedules versions nightly",
            Page(
                $$"""
                {"version":2,"changedAt":"{{At}}","changedBy":"user:wilhelmina","schedule":{"name":"nightly","trigger":{"kind":"cron","expression":"@daily"},
                "job":{"method":"a"} },"changes":[{"path":"trigger.expression","from":"@daily","to":"@hourly"},{"path":"overlap","from":"allow","to":"cancelPrevious"}]}
                """
            ),
            "2026-01-02 12:00:00Z",
            "trigger.expression"
        ),
        new(
            "schedules preview nightly",
            $$"""{"items":[{"nominal":"{{At}}","local":"2026-01-02T09:00:00","offset":"-03:00","skipped":"excluded by calendar public-holidays"}]}""",
            "2026-01-02 12:00:00Z",
            "public-holidays"
        ),
        new(
            "schedules explain nightly",
            $$"""
            {"name":"nightly","nominal":"{{At}}","heldBy":"notDue","gates":[{"gate":"notDue","passed":false,"sentence":"The next occurrence is not due yet.",
            "opensWhen":"Its instant comes.","opensAt":"{{At}}"}]}
            """,
            "notDue",
            "holds"
        ),
        new(
            "schedules simulate",
            $$"""
            {"from":"2026-03-28T00:00:00Z","to":"2026-04-28T00:00:00Z","until":"2026-04-28T00:00:00Z","scheduleCount":1,"starts":60,
            "schedules":[{"name":"nightly-statements","starts":30,"first":"{{At}}","last":"{{At}}"}],"hours":[1,0,59],"hoursOfDay":[60,0,0],"peaks":[{"at":"{{At}}","starts":2}],"collisionCount":1,
            "collisions":[{"handler":"office-berlin-7","limit":1,"seconds":3,"at":"{{At}}","starts":2,"schedules":["nightly-statements","hourly-statements"],"withJitter":0}],
            "clockChanges":[{"at":"{{At}}","timeZone":"Europe/Berlin","offsetBefore":"+01:00","offsetAfter":"+02:00","effect":"moved","local":"2026-03-29T02:30:00","times":1,"schedule":"nightly-statements","schedules":2}],
            "startsSaved":50,"differenceCount":1,"differences":[{"name":"nightly-statements","change":"changed","startsBefore":20,"startsAfter":30}]}
            """,
            "nightly-statements",
            "moved"
        ),
        new(
            "calendars list",
            Page(
                $$"""
                {"name":"public-holidays","namespace":"default","version":3,"timeZone":"Europe/Berlin","dates":["2026-10-03"],"ranges":[],"weekdays":["saturday","sunday"],
                "description":"Days on which the office in Berlin is closed","importedUntil":"2030-12-31","createdAt":"{{At}}","createdBy":"key:x","changedAt":"{{At}}","changedBy":"key:x"}
                """
            ),
            "public-holidays"
        ),
        new(
            "alerts list",
            Page(
                $$"""
                {"namespace":"default","rule":"nightly-failures","condition":"jobFailed","subject":"reports.render-monthly","since":"{{At}}","lastAt":"{{At}}","count":123456,
                "jobs":[{"id":"{{Id}}","method":"reports.render-monthly","handler":"office-berlin-7","text":"The printer on the second floor has no paper left in any of its trays.","at":"{{At}}"}],"toldAt":"{{At}}"}
                """
            ),
            "nightly-failures",
            "2026-01-02 12:00:00Z"
        ),
        new(
            "alerts rules list",
            Page(
                $$"""
                {"name":"nightly-failures","namespace":"default","version":3,"when":"nothingSucceeded","only":["reports.*","files.copy"],"after":"P1D","channels":["operations-berlin","mails"],
                "wait":"PT30S","repeat":"PT4H","tellEnd":true,"together":false,"enabled":true,"mutedUntil":"{{At}}","mutedBy":"user:wilhelmina","muteReason":"The database is being moved.",
                "open":100,"createdAt":"{{At}}","createdBy":"key:x","changedAt":"{{At}}","changedBy":"key:x"}
                """
            ),
            "nightly-failures",
            "nothingSucceeded",
            "muted"
        ),
        new(
            "alerts channels list",
            Page(
                $$"""
                {"name":"operations-berlin","namespace":"default","version":3,"kind":"webhook","host":"https://hooks.berlin.example.org","enabled":true,"sentAt":"{{At}}",
                "problem":"The server answered 503, and asked to come back in ten minutes.","problemAt":"{{At}}","waiting":200,"dropped":12345,
                "createdAt":"{{At}}","createdBy":"key:x","changedAt":"{{At}}","changedBy":"key:x"}
                """
            ),
            "operations-berlin",
            "webhook",
            "failing"
        ),
        new(
            "handlers list",
            Page(
                $$"""
                {"name":"office-berlin-7","online":true,"drained":true,"methods":["reports.render","reports.mail","files.copy","files.move"],"groups":["berlin","emea"],
                "lastSeenAt":"{{At}}","sessions":[]}
                """
            ),
            "office-berlin-7",
            "drained",
            "reports.render"
        ),
        new(
            "handlers get office-berlin-7",
            $$"""
            {"name":"office-berlin-7","online":true,"drained":false,"methods":["m"],"groups":[],"sessions":[{"sessionId":"{{Id}}","instance":"host-1","state":"ready",
            "capacity":4,"running":1,"bridge":"dmz-1","remoteAddress":"2001:db8:85a3:8d3:1319:8a2e:370:7348","agent":"ScheduleZero.HandlerAgent/1.0","connectedAt":"{{At}}"}]}
            """,
            Id,
            "ready"
        ),
        new(
            "handlers connections office-berlin-7",
            Page(
                $$"""{"sessionId":"{{Id}}","instance":"host-1","keyId":"0123456789ab","bridge":"dmz-berlin-1","remoteAddress":"203.0.113.77","transport":"webSockets","connectedAt":"{{At}}","endedAt":"{{At}}","reason":"The same instance said Hello on another connection."}"""
            ),
            "203.0.113.77",
            "The same instance said"
        ),
        new(
            "handlers methods",
            Page(
                """{"name":"reports.render-monthly","description":"Renders the statements of a month for each customer","paramsSchema":null,"handlers":["office-berlin-7","office-paris-3"]}"""
            ),
            "reports.render-monthly",
            "office-paris-3"
        ),
        new(
            "methods list --unoffered",
            Page(
                """{"name":"reports.render-monthly","description":"Renders the statements of a month for each customer","paramsSchema":null,"handlers":["office-berlin-7","office-paris-3"],"awayHandlers":2,"waitingJobs":12345,"runningJobs":7,"limits":{"runningJobs":7,"rate":{"limit":100,"period":"PT1M"}},"begun":3}"""
            ),
            "reports.render-monthly",
            "12345"
        ),
        new(
            "keys list",
            Page(
                $$"""{"id":"0123456789ab","kind":"handler","namespace":"default","handler":"office-berlin-7","methods":["reports.*","files.*"],"createdAt":"{{At}}","createdBy":"x","revokedAt":"{{At}}","revokedReason":"cloned"}"""
            ),
            "0123456789ab",
            "handler",
            "office-berlin-7"
        ),
        new(
            "enrolments list",
            Page(
                $$"""
                {"id":"0123456789ab","namespace":"default","handler":"office-berlin-7","methods":["reports.*"],"createdAt":"{{At}}","createdBy":"user:wilhelmina","expiresAt":"{{At}}",
                "usedAt":"{{At}}","keyId":"ba9876543210"}
                """
            ),
            "0123456789ab",
            "office-berlin-7"
        ),
        new(
            "users list",
            Page(
                $$"""
                {"userName":"wilhelmina","roles":[{"role":"operator","namespace":"default"},{"role":"viewer","namespace":"*"}],"disabled":false,"twoFactor":true,"mustChangePassword":true,
                "createdAt":"{{At}}","createdBy":"key:x"}
                """
            ),
            "wilhelmina",
            "must change the password",
            "operator@default"
        ),
        new("users sessions wilhelmina", Page(Session), Id),
        new("account sessions", Page(Session), Id),
        new(
            "roles list",
            Page(
                $$"""
                {"name":"statements-operator","builtIn":false,"rules":[{"permissions":["jobs:run","jobs:read"],"names":["reports.*"]}],"addresses":["10.0.0.0/8"],"version":1,
                "createdAt":"{{At}}","createdBy":"key:x"}
                """
            ),
            "statements-operator",
            "jobs:read"
        ),
        new(
            "namespaces list",
            Page(
                $$"""
                {"name":"tenant-berlin","limits":{"waitingJobs":100000,"runningJobs":200},"usage":{"waitingJobs":12345,"runningJobs":7,"schedules":3,"handlers":2},"description":"The office in Berlin",
                "createdAt":"{{At}}","createdBy":"key:x"}
                """
            ),
            "tenant-berlin",
            "open",
            "12345 of 100000"
        ),
        new(
            "audit list",
            Page(
                $$"""
                {"sequence":1234567,"at":"{{At}}","actor":"user:wilhelmina","action":"schedules:update","outcome":"denied","namespace":"default","object":"schedule:nightly-statements",
                "address":"2001:db8:85a3:8d3:1319:8a2e:370:7348","reason":"the role does not allow it","hash":"00"}
                """
            ),
            "1234567",
            "denied",
            "schedule:nightly-statements"
        ),
    ];

    private static string Session =>
        $$"""
            {"id":"{{Id}}","current":true,"createdAt":"{{At}}","lastUsedAt":"{{At}}","expiresAt":"{{At}}","address":"2001:db8:85a3:8d3:1319:8a2e:370:7348",
            "userAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
            """;

    public string[] Arguments => Words.Split(' ');

    /// <summary>
    /// Makes the same table with a hostile text in each field that people or handlers may choose. Only what the Broker
    /// chooses must still be unbroken.
    /// </summary>
    public TableCase Hostile()
    {
        var answer = JsonNode.Parse(Answer)!;
        Poison(answer);
        return this with
        {
            Answer = answer.ToJsonString(),
            Unbroken = [.. Unbroken.Where(word => word is Id or "succeeded" or "timedOut" or "2026-01-02 12:00:00Z")],
        };
    }

    public override string ToString() => Words;

    private static void Poison(JsonNode node)
    {
        string[] free =
        [
            "method",
            "handler",
            "name",
            "sentence",
            "opensWhen",
            "message",
            "type",
            "description",
            "userAgent",
            "reason",
            "object",
            "actor",
            "changedBy",
            "missed",
            "skipped",
            "instance",
            "agent",
            "remoteAddress",
            "address",
            "bridge",
            "schedule",
            "createdBy",
            "userName",
            "revokedReason",
            "local",
            "offset",
            "effect",
            "change",
            "rule",
            "subject",
            "text",
            "problem",
            "host",
        ];
        if (node is JsonObject map)
        {
            foreach (var (name, value) in map.ToList())
            {
                if (
                    value is JsonValue text
                    && text.GetValueKind() == System.Text.Json.JsonValueKind.String
                    && free.Contains(name)
                    // The reason of a link is a word of a list, not a text of somebody.
                    && text.GetValue<string>() != "wrongServerKey"
                )
                {
                    map[name] = _hostile;
                }
                else if (value is not null)
                {
                    Poison(value);
                }
            }
        }
        else if (node is JsonArray list)
        {
            foreach (var item in list.OfType<JsonNode>())
            {
                Poison(item);
            }
        }
    }

    private static string Page(string items) => $$"""{"items":[{{items}}]}""";
}
