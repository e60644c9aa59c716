using System.CommandLine;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Cli.Jobs;

/// <summary>Ids of jobs and batches as arguments. The parser refuses a text that is no id.</summary>
internal static class IdArguments
{
    public static Argument<string> OfJob() => Argument("job", text => JobId.TryParse(text, out _));

    public static Argument<string> OfBatch() => Argument("batch", text => BatchId.TryParse(text, out _));

    public static JobId ReadJob(Call call, Argument<string> argument) =>
        JobId.TryParse(call.Value(argument), out var id) ? id : throw Unchecked();

    public static BatchId ReadBatch(Call call, Argument<string> argument) =>
        BatchId.TryParse(call.Value(argument), out var id) ? id : throw Unchecked();

    private static Argument<string> Argument(string noun, Func<string, bool> isId)
    {
        var argument = new Argument<string>("ID") { Description = $"The {noun}'s id" };
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && !isId(token.Value))
            {
                result.AddError($"'{token.Value}' is no {noun} id.");
            }
        });
        return argument;
    }

    private static InvalidOperationException Unchecked() => new("The parser has checked the id.");
}
