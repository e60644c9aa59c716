using Microsoft.AspNetCore.Components;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Activity;

// What the page of all logs reads; the other half says how it looks.
public sealed partial class LogsPage
{
    [SupplyParameterFromQuery(Name = "level")]
    public string? Level { get; set; }

    [SupplyParameterFromQuery(Name = "method")]
    public string? Method { get; set; }

    [SupplyParameterFromQuery(Name = "handler")]
    public string? Handler { get; set; }

    [SupplyParameterFromQuery(Name = "schedule")]
    public string? Schedule { get; set; }

    [SupplyParameterFromQuery(Name = "q")]
    public string? Text { get; set; }

    private LogsAddress Address =>
        new()
        {
            Level = Level ?? "",
            Method = Method ?? "",
            Handler = Handler ?? "",
            Schedule = Schedule ?? "",
            Text = Text ?? "",
        };

    private string NothingWords =>
        $"No line{(Address == new LogsAddress() ? "" : " of this choice")} since {Session.Times.Short(Since)}; "
        + "new lines appear here.";

    /// <inheritdoc/>
    protected override object Choice => Address;

    private protected override Func<StreamNotes, CancellationToken, IAsyncEnumerable<JobLine>> StreamOf()
    {
        var (client, filter) = (Client, Address.ToFilter(RowsMax));
        return (notes, stop) => client.Logs.FollowAsync(filter, notes, stop);
    }

    private string FootWords(int count) =>
        (
            count == RowsMax
                ? $"The newest {RowsMax} lines are shown."
                : $"{NumberText.Of(count, "line", "lines")}. All since {Session.Times.Short(Since)} are here; "
                    + "of before, only some may be."
        ) + Omissions;

    private static string OriginOf(JobLine line) =>
        $"job {line.JobId}, attempt {line.Attempt}"
        + (line.Schedule is null ? "" : $", schedule {line.Schedule}")
        + (line.Handler is null ? "" : $", handler {line.Handler}");
}
