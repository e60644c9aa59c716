using System.CommandLine;
using System.Globalization;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero namespaces …</c>.</summary>
internal static class NamespacesVerbs
{
    private static readonly IReadOnlyList<Column<NamespaceView>> Columns =
    [
        new("NAMESPACE", ns => ns.Name),
        new("STATE", StateOf),
        new("WAITING", ns => Of(ns.Usage.WaitingJobs, ns.Limits.WaitingJobs)),
        new("RUNNING", ns => Of(ns.Usage.RunningJobs, ns.Limits.RunningJobs)),
        new("SCHEDULES", ns => Of(ns.Usage.Schedules, ns.Limits.Schedules), Fit.Lesser),
        new("HANDLERS", ns => Of(ns.Usage.Handlers, ns.Limits.Handlers), Fit.Lesser),
        new("DESCRIPTION", ns => ns.Description, Fit.Prose),
    ];

    public static Command Create(Shell shell) =>
        new Verb("namespaces", "Tenants: their limits, and what they hold")
        {
            New(shell),
            List(shell),
            Get(shell),
            Set(shell),
            Delete(shell),
        };

    private static Argument<string> Name() => new("NAME") { Description = "The namespace's name" };

    private static Verb New(Shell shell)
    {
        var (name, options) = (Name(), new LimitOptions());
        var verb = new Verb(
            "create",
            "Make a namespace",
            "schedulezero namespaces create shop --waiting-jobs 100000 --running-jobs 200 --address 10.0.0.0/8"
        )
        {
            name,
        };
        options.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) =>
                call.Client.Namespaces.CreateAsync(
                    new NamespaceRequest
                    {
                        Name = call.Value(name),
                        Description = call.Value(options.Description),
                        Limits = options.Limits(call),
                        Addresses = options.Addresses(call),
                        Sealed = options.Sealed(call),
                    },
                    token
                ),
            Print
        );
    }

    private static Verb List(Shell shell) =>
        CommonVerbs.List(
            shell,
            new Verb("list", "List the namespaces in which you have a role", "schedulezero namespaces list"),
            (call, page, token) => call.Client.Namespaces.ListAsync(page.Limit, page.Cursor, token),
            RestJson.Default.PageNamespaceView,
            Columns
        );

    private static Verb Get(Shell shell) =>
        CommonVerbs.Act(
            shell,
            new Verb("get", "Show a namespace", "schedulezero namespaces get shop"),
            Name(),
            (call, name, token) => call.Client.Namespaces.GetAsync(name, token),
            Print
        );

    private static Verb Set(Shell shell)
    {
        var (name, options) = (Name(), new LimitOptions());
        var noLimits = new Option<bool>("--no-limits") { Description = "Take every limit away" };
        var anywhere = new Option<bool>("--from-anywhere") { Description = "No longer bound to addresses" };
        var unsealed = new Option<bool>("--no-sealed") { Description = "No handler's sessions need be sealed" };
        var verb = new Verb(
            "set",
            "Change a namespace; limits given replace all those before, at once",
            "schedulezero namespaces set shop --waiting-jobs 200000",
            "schedulezero namespaces set shop --method-running reports.render=4 --method-rate mail.send=100/1m",
            "schedulezero namespaces set shop --sealed 'bank-*' --sealed office-7",
            "schedulezero namespaces set shop --no-limits"
        )
        {
            name,
            noLimits,
            anywhere,
            unsealed,
        };
        options.AddTo(verb);
        return CommonVerbs.Ask(
            shell,
            verb,
            (call, token) =>
                call.Client.Namespaces.PatchAsync(
                    call.Value(name),
                    new NamespacePatch
                    {
                        Description = call.Value(options.Description),
                        Limits = call.Value(noLimits) ? new NamespaceLimits() : options.Limits(call),
                        Addresses = call.Value(anywhere) ? [] : options.Addresses(call),
                        Sealed = call.Value(unsealed) ? [] : options.Sealed(call),
                    },
                    token
                ),
            Print
        );
    }

    private static Verb Delete(Shell shell)
    {
        var confirm = Values.Text(
            "--confirm",
            "The name once more: all its jobs, their history, schedules, handlers and keys are lost",
            "NAME"
        );
        var verb = new Verb(
            "delete",
            "Delete a namespace with everything in it",
            "schedulezero namespaces delete shop --confirm shop"
        )
        {
            confirm,
        };
        return CommonVerbs.Delete(
            shell,
            verb,
            Name(),
            (call, name, token) =>
                call.Value(confirm) == name
                    ? call.Client.Namespaces.DeleteAsync(name, token)
                    : throw new UsageException($"Everything in '{name}' would be lost. Say so: --confirm {name}"),
            name => $"Namespace {name} is closed, and is being emptied"
        );
    }

    private static void Print(Call call, NamespaceView ns) =>
        call.Printer.Answer(ns, RestJson.Default.NamespaceView, Details);

    private static IEnumerable<(string Name, string? Value)> Details(NamespaceView ns) =>
        [
            ("namespace", ns.Name),
            ("description", ns.Description),
            ("state", StateOf(ns)),
            ("waiting jobs", Of(ns.Usage.WaitingJobs, ns.Limits.WaitingJobs)),
            ("running jobs", Of(ns.Usage.RunningJobs, ns.Limits.RunningJobs)),
            (
                "start latency",
                ns.StartLatency is { } wait
                    ? $"{PlainText.Seconds(wait.P50Seconds)} (p50), {PlainText.Seconds(wait.P99Seconds)} (p99) of "
                        + $"{wait.Attempts} attempts"
                    : null
            ),
            ("schedules", Of(ns.Usage.Schedules, ns.Limits.Schedules)),
            ("handlers", Of(ns.Usage.Handlers, ns.Limits.Handlers)),
            (
                "stored bytes",
                ns.Limits.StoredBytes is { } bytes
                    ? $"{ns.Usage.StoredBytes?.ToString(CultureInfo.InvariantCulture) ?? "not measured yet"} of {bytes}"
                    : null
            ),
            ("requests per minute", ns.Limits.RequestsPerMinute?.ToString(CultureInfo.InvariantCulture)),
            ("per method", NamedLimits.Text(ns.Limits.PerMethod)),
            ("per handler", NamedLimits.Text(ns.Limits.PerHandler)),
            ("from", PlainText.List(ns.Addresses)),
            ("sealed handlers", PlainText.List(ns.Sealed)),
            ("finished jobs kept", PlainText.Duration(ns.Retention?.FinishedJobs)),
            ("audit events kept", PlainText.Duration(ns.Retention?.AuditEvents)),
            ("created at", PlainText.Instant(ns.CreatedAt)),
            ("created by", ns.CreatedBy),
        ];

    private static string StateOf(NamespaceView ns) => ns.DeletedAt is null ? "open" : "being deleted";

    private static string Of(int used, int? limit) =>
        limit is null
            ? used.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{used} of {limit}");

    /// <summary>The options of a namespace: its description, its limits and its addresses.</summary>
    private sealed class LimitOptions
    {
        private readonly Option<int?> _waiting = Values.Number<int>(
            "--waiting-jobs",
            "Jobs that may wait [default: no limit]"
        );
        private readonly Option<int?> _running = Values.Number<int>(
            "--running-jobs",
            "Jobs that may run at once [default: no limit]"
        );
        private readonly Option<int?> _schedules = Values.Number<int>("--schedules", "Schedules [default: no limit]");
        private readonly Option<int?> _handlers = Values.Number<int>(
            "--handlers",
            "Handlers, connected or not [default: no limit]"
        );
        private readonly Option<long?> _stored = Values.Number<long>(
            "--stored-bytes",
            "Bytes of jobs with params and results, finished ones too [default: no limit]"
        );
        private readonly Option<int?> _requests = Values.Number<int>(
            "--requests-per-minute",
            "REST requests of all callers together [default: no limit]"
        );
        private readonly Option<string[]> _addresses = Values.Many(
            "--address",
            "Where its callers and handlers may be, such as 10.0.0.0/8 [default: anywhere]",
            "RANGE"
        );

        private readonly Option<string[]> _sealed = Values.Many(
            "--sealed",
            "Handlers whose sessions must be sealed, such as office-7, bank-* or * [default: none]",
            "PATTERN"
        );

        private readonly Option<string[]> _methodRunning = Values.Many(
            "--method-running",
            "Jobs of one method that may run at once, such as mail.send=5",
            "NAME=N"
        );
        private readonly Option<string[]> _methodRate = Values.Many(
            "--method-rate",
            "Attempts of one method that may begin in any period, such as mail.send=100/1m",
            "NAME=N/PERIOD"
        );
        private readonly Option<string[]> _handlerRunning = Values.Many(
            "--handler-running",
            "Jobs that one handler's sessions may run at once, together",
            "NAME=N"
        );
        private readonly Option<string[]> _handlerRate = Values.Many(
            "--handler-rate",
            "Attempts that may begin on one handler in any period",
            "NAME=N/PERIOD"
        );

        public Option<string?> Description { get; } = Values.Text("--description", "What it is for", "TEXT");

        public void AddTo(Command verb)
        {
            verb.Add(Description);
            verb.Add(_waiting);
            verb.Add(_running);
            verb.Add(_schedules);
            verb.Add(_handlers);
            verb.Add(_stored);
            verb.Add(_requests);
            verb.Add(_methodRunning);
            verb.Add(_methodRate);
            verb.Add(_handlerRunning);
            verb.Add(_handlerRate);
            verb.Add(_addresses);
            verb.Add(_sealed);
        }

        /// <summary>Reads the limits that the options name; null when none of them was given.</summary>
        public NamespaceLimits? Limits(Call call)
        {
            var limits = new NamespaceLimits
            {
                WaitingJobs = call.Value(_waiting),
                RunningJobs = call.Value(_running),
                Schedules = call.Value(_schedules),
                Handlers = call.Value(_handlers),
                StoredBytes = call.Value(_stored),
                RequestsPerMinute = call.Value(_requests),
                PerMethod = NamedLimits.Read(call.Value(_methodRunning), call.Value(_methodRate)),
                PerHandler = NamedLimits.Read(call.Value(_handlerRunning), call.Value(_handlerRate)),
            };
            return limits == new NamespaceLimits() ? null : limits;
        }

        public string[]? Addresses(Call call) => Values.GivenOrNull(call.Value(_addresses));

        public string[]? Sealed(Call call) => Values.GivenOrNull(call.Value(_sealed));
    }
}
