using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent.Commands;

internal enum ExitOutcome
{
    Succeeded,

    /// <summary>The attempt failed; the retry policy of the job decides what follows.</summary>
    Retry,

    /// <summary>The attempt failed, and trying again cannot help.</summary>
    Permanent,
}

internal enum ResultSource
{
    ExitCode,
    Stdout,
    Json,
}

/// <summary>One command that the configuration allows.</summary>
internal sealed record CommandMethod
{
    private static readonly (string, ExitOutcome)[] Outcomes =
    [
        ("succeeded", ExitOutcome.Succeeded),
        ("retry", ExitOutcome.Retry),
        ("permanent", ExitOutcome.Permanent),
    ];

    public required string Name { get; init; }

    public required string? Description { get; init; }

    /// <summary>
    /// The absolute path of the program. The program is looked up once, so that a later change of PATH cannot put
    /// another program in its place.
    /// </summary>
    public required string Executable { get; init; }

    public required IReadOnlyList<ArgumentTemplate> Arguments { get; init; }

    public required ParamsDeclaration Params { get; init; }

    public required string? WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The account that the command runs as; null for that of the agent.</summary>
    public required CommandAccount? Account { get; init; }

    /// <summary>The umask in octal, such as <c>027</c>; null for that of the agent.</summary>
    public required string? Umask { get; init; }

    public required TimeSpan? Timeout { get; init; }

    /// <summary>The time between SIGTERM and SIGKILL.</summary>
    public required TimeSpan Grace { get; init; }

    public required IReadOnlyDictionary<int, ExitOutcome> ExitCodes { get; init; }

    public required ExitOutcome OtherExitCodes { get; init; }

    public required int? MaxConcurrent { get; init; }

    public required bool ParamsToStdin { get; init; }

    public required ResultSource Result { get; init; }

    public required int LogBytesMax { get; init; }

    public static CommandMethod Read(string name, YamlPart part)
    {
        if (!Names.IsName(name))
        {
            throw part.Wrong("this is no method name (letters, digits and . _ : -, 128 at most)");
        }

        var parameters = ParamsDeclaration.Read(part.Find("params"));
        var exits = part.Find("exitCodes");
        var method = new CommandMethod
        {
            Name = name,
            Description = part.Find("description")?.Text(),
            Executable = FindExecutable(part.Get("command")),
            Arguments = [.. part.Find("args")?.Items().Select(a => ArgumentTemplate.Read(a, parameters)) ?? []],
            Params = parameters,
            WorkingDirectory = ReadDirectory(part.Find("workingDirectory")),
            Environment =
                part.Find("environment")
                    ?.Entries()
                    .ToDictionary(e => e.Key, e => e.Value.Text(), StringComparer.Ordinal)
                ?? [],
            Account = part.Find("user") is { } user ? CommandAccount.Read(user) : null,
            Umask = ReadUmask(part.Find("umask")),
            Timeout = part.Find("timeout")?.Duration(Limits.TimeoutMin, Limits.TimeoutMax),
            Grace = part.Find("grace")?.Duration(TimeSpan.Zero, TimeSpan.FromMinutes(10)) ?? TimeSpan.FromSeconds(5),
            ExitCodes = ReadExitCodes(exits),
            OtherExitCodes = exits?.Find("others")?.OneOf(Outcomes) ?? ExitOutcome.Retry,
            MaxConcurrent = part.Find("maxConcurrent")?.Integer(1, Limits.CapacityMax),
            ParamsToStdin = part.Find("stdin")?.OneOf(("params", true), ("none", false)) ?? false,
            Result =
                part.Find("result")
                    ?.OneOf(
                        ("exitCode", ResultSource.ExitCode),
                        ("stdout", ResultSource.Stdout),
                        ("json", ResultSource.Json)
                    )
                ?? ResultSource.ExitCode,
            LogBytesMax = part.Find("logBytesMax")?.Integer(0, 64 * 1024 * 1024) ?? 1024 * 1024,
        };
        part.RefuseOthers();
        return method;
    }

    private static Dictionary<int, ExitOutcome> ReadExitCodes(YamlPart? part)
    {
        var codes = new Dictionary<int, ExitOutcome> { [0] = ExitOutcome.Succeeded };
        foreach (var (key, value) in part?.Entries() ?? [])
        {
            if (key == "others")
            {
                continue;
            }

            codes[
                int.TryParse(key, out var code) && code is >= 0 and <= 255
                    ? code
                    : throw value.Wrong("an exit code from 0 to 255, or \"others\", is expected")
            ] = value.OneOf(Outcomes);
        }

        return codes;
    }

    private static string? ReadUmask(YamlPart? part) =>
        part is null
        || (
            part.Text() is { Length: 3 or 4 } text
            && text.All(c => c is >= '0' and <= '7')
            && (text.Length == 3 || text[0] == '0')
        )
            ? part?.Text()
            : throw part.Wrong("a umask is three octal digits, such as 027");

    private static string? ReadDirectory(YamlPart? part) =>
        part is null || (Path.IsPathRooted(part.Text()) && Directory.Exists(part.Text()))
            ? part?.Text()
            : throw part.Wrong("an absolute path of an existing folder is expected");

    private static string FindExecutable(YamlPart part)
    {
        var text = part.Text();
        if (!Path.IsPathRooted(text) && text.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw part.Wrong("an absolute path, or a bare name to be looked up in PATH, is expected");
        }

        return Executables.Find(text) ?? throw part.Wrong($"there is no executable \"{text}\"");
    }
}
