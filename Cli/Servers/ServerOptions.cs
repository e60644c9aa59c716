using System.CommandLine;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;

namespace ScheduleZero.Cli.Servers;

/// <summary>The options of a server's verb, made of the list that the server itself has of them.</summary>
internal sealed class ServerOptions(IReadOnlyList<ServerOption> list)
{
    private readonly IReadOnlyList<Option> _options = [.. list.Select(Make)];

    public void AddTo(Command verb)
    {
        foreach (var option in _options)
        {
            verb.Add(option);
        }
    }

    /// <summary>The options that were given.</summary>
    public CommandFlags Read(ParseResult parsed) =>
        CommandFlags.Of(
            from option in _options
            let values = ValuesOf(parsed, option)
            where values is not null
            select KeyValuePair.Create<string, IReadOnlyList<string>>(option.Name, values)
        );

    private static Option Make(ServerOption option)
    {
        var description = char.ToUpperInvariant(option.Description[0]) + option.Description[1..];
        return option switch
        {
            { ValueName: null } => new Option<bool>(option.Name) { Description = description },
            { IsList: true } => ServerVerbs.AddressesOption(option.Name, description, option.ValueName),
            _ => Values.Text(option.Name, description, option.ValueName),
        };
    }

    /// <summary>The values of an option, none for a flag; null when the option was not given.</summary>
    private static string[]? ValuesOf(ParseResult parsed, Option option) =>
        option switch
        {
            Option<bool> flag => parsed.GetValue(flag) ? [] : null,
            Option<string[]> several => ServerVerbs.Given(parsed, several),
            Option<string?> one => parsed.GetValue(one) is { } value ? [value] : null,
            _ => throw new InvalidOperationException($"{option.Name} is of no kind that is known here."),
        };
}
