using System.CommandLine;
using ScheduleZero.Cli.Output;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary><c>schedulezero status</c>.</summary>
internal static class StatusVerb
{
    public static Command Create(Shell shell)
    {
        var verb = new Verb(
            "status",
            "Whether the Broker is ready, and what it holds, or the namespace of a caller who may see no more; "
                + "exits with 1 when it is not ready",
            "schedulezero status",
            "schedulezero status --server https://broker.example -o json | jq .running"
        );
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                if (!await call.Client.IsReadyAsync(cancellationToken))
                {
                    call.Printer.Note(
                        $"error: The Broker at {call.Client.Options.Server} answers, but is not ready. Its log "
                            + "says why."
                    );
                    return ExitCodes.Failed;
                }

                try
                {
                    Print(call, await call.Client.StatsAsync(cancellationToken));
                }
                catch (ScheduleZeroException e) when (e.Code == ErrorCodes.Forbidden)
                {
                    // Sums over all namespaces are not for the tenant of one.
                    Print(
                        call,
                        await call.Client.Namespaces.GetAsync(call.Client.Options.Namespace, cancellationToken)
                    );
                }

                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    private static void Print(Call call, NamespaceView ns)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(ns, RestJson.Default.NamespaceView);
            return;
        }

        call.Printer.Details(
            ("server", call.Client.Options.Server.ToString()),
            ("state", "ready"),
            ("namespace", ns.Name),
            ("jobs", $"{ns.Usage.WaitingJobs} waiting, {ns.Usage.RunningJobs} running"),
            ("schedules", $"{ns.Usage.Schedules}"),
            ("handlers", $"{ns.Usage.Handlers}")
        );
    }

    private static void Print(Call call, BrokerStats stats)
    {
        if (call.Printer.IsJson)
        {
            call.Printer.Json(stats, RestJson.Default.BrokerStats);
            return;
        }

        call.Printer.Details(
            ("server", call.Client.Options.Server.ToString()),
            ("state", "ready"),
            ("version", stats.Version),
            ("started at", PlainText.Instant(stats.StartedAt)),
            ("jobs", $"{stats.Scheduled} scheduled, {stats.Ready} ready, {stats.Running} running"),
            ("since start", $"{stats.Enqueued} enqueued, {stats.Finished} finished, {stats.Commits} commits"),
            ("schedules", $"{stats.Schedules}"),
            ("handlers", $"{stats.HandlersOnline} online, {stats.Sessions} sessions, {stats.Bridges} bridges"),
            ("disk", Disk(stats))
        );
    }

    private static string? Disk(BrokerStats stats)
    {
        var free = stats.DiskFreeBytes is { } bytes ? $"{bytes / (1024 * 1024)} MiB free" : null;
        return stats.Disk switch
        {
            DiskState.Low => $"nearly full, {free}: new work is refused",
            DiskState.VeryLow => $"full, {free}: new work is refused, and nothing is started",
            _ => free,
        };
    }
}
