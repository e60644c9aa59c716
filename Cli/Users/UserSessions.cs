using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli.Users;

/// <summary>User sessions as the verbs <c>account sessions</c> and <c>users sessions</c> list and end them.</summary>
internal static class UserSessions
{
    private static readonly IReadOnlyList<Column<UserSessionView>> Columns =
    [
        new("ID", session => session.Id),
        new("CURRENT", session => session.Current ? "yes" : null),
        new("BEGAN AT", session => PlainText.Instant(session.CreatedAt), Fit.Lesser),
        new("LAST USED AT", session => PlainText.Instant(session.LastUsedAt)),
        new("ENDS AT", session => PlainText.Instant(session.ExpiresAt), Fit.Lesser),
        new("FROM", session => session.Address),
        new("WITH", session => session.UserAgent, Fit.Prose),
    ];

    /// <summary>
    /// Makes of a verb one that lists somebody's user sessions, or ends the one that its option names.
    /// </summary>
    /// <param name="end">Ends the user session with an id.</param>
    public static Verb ListOrEnd(
        Shell shell,
        Verb verb,
        Func<Call, CancellationToken, Task<Page<UserSessionView>>> list,
        Func<Call, string, CancellationToken, Task> end
    )
    {
        var ended = Values.Text("--end", "End this one", "ID");
        verb.Add(ended);
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                if (call.Value(ended) is { } id)
                {
                    await end(call, id, cancellationToken);
                    call.Printer.Note($"Ended session {id}");
                    return ExitCodes.Ok;
                }

                var sessions = await list(call, cancellationToken);
                call.Printer.Rows(sessions, RestJson.Default.PageUserSessionView, Columns);
                return ExitCodes.Ok;
            }
        );
        return verb;
    }
}
