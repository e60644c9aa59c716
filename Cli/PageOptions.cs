using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary>The options of a verb that lists in pages, and the printing of the rows.</summary>
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

    /// <summary>Reads the page, or all pages, that the options ask for, and prints them.</summary>
    /// <param name="read">Reads one page.</param>
    public async Task<int> PrintAsync<T>(
        Call call,
        Func<PageQuery, CancellationToken, Task<Page<T>>> read,
        JsonTypeInfo<Page<T>> type,
        IReadOnlyList<Column<T>> columns,
        CancellationToken cancellationToken
    )
    {
        var isAll = call.Value(_all);
        var query = new PageQuery(call.Value(_limit) ?? (isAll ? Limits.PageSizeMax : null), call.Value(_cursor));
        var page = await read(query, cancellationToken);
        if (isAll)
        {
            var rows = page.Items.ToList();
            for (; page.NextCursor is not null; rows.AddRange(page.Items))
            {
                page = await read(query with { Cursor = page.NextCursor }, cancellationToken);
            }

            page = new Page<T>(rows);
        }

        call.Printer.Rows(page, type, columns);
        if (page.NextCursor is not null && !call.Printer.IsJson)
        {
            call.Printer.Note($"There is more: --cursor {page.NextCursor}, or --all");
        }

        return ExitCodes.Ok;
    }
}

/// <summary>Which page of a list to read.</summary>
/// <param name="Limit">How many rows the page has at most; null for as many as the Broker likes.</param>
/// <param name="Cursor">Where the page starts: the cursor that came with the page before; null for the first
/// page.</param>
internal readonly record struct PageQuery(int? Limit, string? Cursor);
