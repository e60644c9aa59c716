using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary>Verbs that many nouns have, and that differ only in what they call and what they print.</summary>
internal static class CommonVerbs
{
    /// <summary>Makes of a verb one that lists in pages.</summary>
    /// <param name="verb">The verb, with the options that choose what is listed.</param>
    /// <param name="read">Reads one page.</param>
    public static Verb List<T>(
        Shell shell,
        Verb verb,
        Func<Call, PageQuery, CancellationToken, Task<Page<T>>> read,
        JsonTypeInfo<Page<T>> type,
        IReadOnlyList<Column<T>> columns
    )
    {
        var pages = new PageOptions();
        pages.AddTo(verb);
        shell.Connect(
            verb,
            (call, cancellationToken) =>
                pages.PrintAsync(call, (page, token) => read(call, page, token), type, columns, cancellationToken)
        );
        return verb;
    }

    /// <summary>Makes of a verb one that deletes, or takes back, what its argument names, and says so.</summary>
    /// <param name="done">The sentence that says what was done, given the name.</param>
    public static Verb Delete(
        Shell shell,
        Verb verb,
        Argument<string> name,
        Func<Call, string, CancellationToken, Task> delete,
        Func<string, string> done
    )
    {
        verb.Add(name);
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                await delete(call, call.Value(name), cancellationToken);
                call.Printer.Note(done(call.Value(name)));
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    /// <summary>Makes of a verb one that acts on what its argument names, and prints what came of it.</summary>
    public static Verb Act<T>(
        Shell shell,
        Verb verb,
        Argument<string> name,
        Func<Call, string, CancellationToken, Task<T>> act,
        Func<Call, T, int> print
    )
    {
        verb.Add(name);
        shell.Connect(
            verb,
            async (call, cancellationToken) => print(call, await act(call, call.Value(name), cancellationToken))
        );
        return verb;
    }
}
