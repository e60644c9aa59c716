using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Cli;

/// <summary>
/// The forms that most verbs have: verbs of one form differ only in what they call and what they print.
/// </summary>
internal static class CommonVerbs
{
    /// <summary>Makes of a verb one that sends one request to the Broker, and prints the answer.</summary>
    /// <param name="ask">Sends the request that the verb's arguments and options describe.</param>
    public static Verb Ask<T>(Shell shell, Verb verb, Func<Call, CancellationToken, Task<T>> ask, Action<Call, T> print)
    {
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                print(call, await ask(call, cancellationToken));
                return ExitCodes.Ok;
            }
        );
        return verb;
    }

    /// <summary>Makes of a verb one that acts on what its argument names, and prints the answer.</summary>
    /// <param name="name">Added to the verb; the act gets its value.</param>
    public static Verb Act<T>(
        Shell shell,
        Verb verb,
        Argument<string> name,
        Func<Call, string, CancellationToken, Task<T>> act,
        Action<Call, T> print
    )
    {
        verb.Add(name);
        return Ask(shell, verb, (call, token) => act(call, call.Value(name), token), print);
    }

    /// <summary>Makes of a verb one that deletes, or takes back, what its argument names, and says so.</summary>
    /// <param name="name">Added to the verb; the deletion gets its value.</param>
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

    /// <summary>Makes of a verb one that exports: writes what it reads to a file or to standard output.</summary>
    /// <param name="open">Opens the text that is exported, in UTF-8.</param>
    public static Verb Export(
        Shell shell,
        Verb verb,
        Option<string?> outFile,
        Func<Call, CancellationToken, Task<Stream>> open
    )
    {
        shell.Connect(
            verb,
            async (call, cancellationToken) =>
            {
                await using var text = await open(call, cancellationToken);
                await call.WriteAsync(text, call.Value(outFile), cancellationToken);
                return ExitCodes.Ok;
            }
        );
        return verb;
    }
}
