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
                    // The caller belongs to one namespace, and may not see the sums over all namespaces.
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

    private static void Print(Call call, NamespaceView ns) =>
        call.Printer.Answer(
            ns,
            RestJson.Default.NamespaceView,
            shown =>
                [
                    ("server", call.Client.Options.Server.ToString()),
                    ("state", "ready"),
                    ("namespace", shown.Name),
                    ("jobs", $"{shown.Usage.WaitingJobs} waiting, {shown.Usage.RunningJobs} running"),
                    ("schedules", $"{shown.Usage.Schedules}"),
                    ("handlers", $"{shown.Usage.Handlers}"),
                ]
        );

    private static void Print(Call call, BrokerStats stats) =>
        call.Printer.Answer(
            stats,
            RestJson.Default.BrokerStats,
            shown =>
                [
                    ("server", call.Client.Options.Server.ToString()),
                    ("state", "ready"),
                    ("version", shown.Version),
                    ("started at", PlainText.Instant(shown.StartedAt)),
                    ("jobs", $"{shown.Scheduled} scheduled, {shown.Ready} ready, {shown.Running} running"),
                    ("since start", $"{shown.Enqueued} enqueued, {shown.Finished} finished, {shown.Commits} commits"),
                    ("schedules", $"{shown.Schedules}"),
                    ("handlers", $"{shown.HandlersOnline} online, {shown.Sessions} sessions, {shown.Bridges} bridges"),
                    ("disk", Disk(shown)),
                    .. (shown.Certificates ?? []).Select(one => ("certificate", (string?)Certificate(one))),
                ]
        );

    private static string Certificate(CertificateView certificate)
    {
        var until = certificate.ValidUntil is { } end ? $"until {PlainText.Instant(end)}" : "none yet";
        var problem = certificate.Problem is { } what ? $"; {what}" : "";
        return $"{string.Join(", ", certificate.Names)}: {until}{problem}";
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
