using System.Collections.Frozen;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>A role with its patterns resolved, so that a request can be judged quickly.</summary>
internal sealed class Role
{
    private static readonly string[] ViewerMay =
    [
        Permissions.JobsRead,
        Permissions.SchedulesRead,
        Permissions.CalendarsRead,
        Permissions.HandlersRead,
        Permissions.AlertsRead,
        Permissions.ExecutionsRead,
        Permissions.EventsRead,
        Permissions.StatsRead,
        Permissions.ReferenceRead,
        Permissions.NamespacesRead,
    ];

    private static readonly FrozenDictionary<string, Role> Known = new[]
    {
        new Role(Roles.Admin, "Everything.", [new RoleRule { Permissions = [Permissions.Everything] }]),
        new Role(
            Roles.Operator,
            "What a viewer may; runs jobs, triggers and pauses schedules, pauses methods, drains and disconnects "
                + "handlers, mutes alerts.",
            [
                new RoleRule
                {
                    Permissions =
                    [
                        .. ViewerMay,
                        Permissions.JobsRun,
                        Permissions.SchedulesTrigger,
                        Permissions.SchedulesPause,
                        Permissions.HandlersOperate,
                        Permissions.MethodsPause,
                        Permissions.AlertsMute,
                    ],
                },
            ]
        ),
        new Role(
            Roles.Viewer,
            "Reads jobs, schedules, calendars, handlers, alerts, executions and events.",
            [new RoleRule { Permissions = ViewerMay }]
        ),
    }.ToFrozenDictionary(role => role.Name, StringComparer.Ordinal);

    private Role(string name, string? description, IReadOnlyList<RoleRule> rules)
    {
        Name = name;
        Description = description;
        Rules = rules;
        ResolvedRules = [.. rules.Select(rule => new Rule(rule))];
    }

    public Role(RoleRecord record)
        : this(record.Name, record.Description, record.Rules)
    {
        Record = record;
    }

    public static IEnumerable<Role> BuiltIn => Known.Values;

    public string Name { get; }

    public string? Description { get; }

    public IReadOnlyList<RoleRule> Rules { get; }

    public Rule[] ResolvedRules { get; }

    /// <summary>The stored row of the role; null for a built-in role.</summary>
    public RoleRecord? Record { get; }

    public static Role? FindBuiltIn(string name) => Known.GetValueOrDefault(name);

    internal sealed class Rule(RoleRule rule)
    {
        private readonly FrozenSet<string> _permissions = rule
            .Permissions.SelectMany(Permissions.Matching)
            .ToFrozenSet(StringComparer.Ordinal);

        public IReadOnlyList<string>? Names { get; } = rule.Names;

        public IEnumerable<string> Permitted => _permissions;

        public bool Grants(string permission) => _permissions.Contains(permission);
    }
}
