using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary>The options of a verb that lists in pages, and the printing of what it lists.</summary>
internal sealed class PageOptions
{
    private readonly Option<int?> _limit = Values.Number<int>(
        "--limit",
        $"Rows on a page, 1 to {Limits.PageSizeMax} [default: {Limits.PageSizeDefault}]"
    );

    private readonly Option<string?> _cursor = new("--cursor")
    {
        Description = "Where the page starts, as the page before said",
        HelpName = "CURSOR",
    };

    private readonly Option<bool> _all = new("--all") { Description = "Every page" };

    public void AddTo(Command verb)
    {
        verb.Add(_limit);
        verb.Add(_cursor);
        verb.Add(_all);
    }

    public int? Limit(Call call) => call.Value(_limit) ?? (call.Value(_all) ? Limits.PageSizeMax : null);

    /// <param name="read">Reads the page at a cursor.</param>
    public async Task<int> PrintAsync<T>(
        Call call,
        Func<string?, CancellationToken, Task<Page<T>>> read,
        JsonTypeInfo<Page<T>> type,
        IReadOnlyList<Column<T>> columns,
        CancellationToken cancellationToken
    )
    {
        var page = await read(call.Value(_cursor), cancellationToken);
        if (call.Value(_all))
        {
            var rows = page.Items.ToList();
            for (; page.NextCursor is not null; rows.AddRange(page.Items))
            {
                page = await read(page.NextCursor, cancellationToken);
            }

            page = new Page<T>(rows);
        }

        if (call.Printer.IsJson)
        {
            call.Printer.Json(page, type);
            return ExitCodes.Ok;
        }

        call.Printer.Table(columns, page.Items);
        if (page.NextCursor is not null)
        {
            call.Printer.Note($"There is more: --cursor {page.NextCursor}, or --all");
        }

        return ExitCodes.Ok;
    }
}
