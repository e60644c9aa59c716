using System.Text.RegularExpressions;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>Runs the commands of the README word by word, as a stranger would.</summary>
public sealed partial class ReadmeTests : StageTest
{
    private const int Refused = 4;

    private readonly Dictionary<string, string> _variables = [];
    private readonly string _bridgeUrl = $"http://127.0.0.1:{FreePorts.Take()}";
    private string _shown = "";

    [Test]
    public async Task The_lines_under_For_real_do_what_they_say()
    {
        await PrepareAsync();
        var lines = Lines().ToList();
        Assert.That(lines, Has.Count.GreaterThan(12));
        foreach (var line in lines)
        {
            await FollowAsync(line);
        }

        var last = lines[^1];
        Assert.That(last, Does.StartWith("schedulezero jobs submit"), "and ana was refused there");
    }

    private static IEnumerable<string> Lines()
    {
        var text = File.ReadAllText(Shipped.Find("README.md"));
        var section = text[
            text.IndexOf("## For real", StringComparison.Ordinal)..text.IndexOf(
                "A handler in C#",
                StringComparison.Ordinal
            )
        ];
        return Blocks()
            .Matches(section)
            .SelectMany(block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private async Task PrepareAsync()
    {
        _variables["SCHEDULEZERO_DATA"] = Stage.DataFolder;
        _variables["SCHEDULEZERO_URLS"] = Stage.Rest.AbsoluteUri.TrimEnd('/');
        _variables["SCHEDULEZERO_SERVER"] = Stage.Rest.AbsoluteUri;
        _variables["SCHEDULEZERO_ROUTER"] = Stage.Router;
        _variables["SCHEDULEZERO_BRIDGE_BROKER"] = Stage.Router;
        _variables["SCHEDULEZERO_BRIDGE_URLS"] = _bridgeUrl;
        _variables["XDG_CONFIG_HOME"] = Path.Combine(Stage.Folder, "config");
        foreach (var (handler, credential) in new[] { ("office-7", "apiKeyFile: office-7.key"), ("office-8", "") })
        {
            await File.WriteAllTextAsync(
                Path.Combine(Stage.Folder, $"{handler}.yaml"),
                $$"""
                handler: {{handler}}
                bridges: ["{{_bridgeUrl}}"]
                {{credential}}
                methods:
                  reports.render: { command: echo, args: ["${params.month}"], params: { month: { type: string } } }
                """
            );
        }
    }

    private async Task FollowAsync(string line)
    {
        if (line.StartsWith("unset ", StringComparison.Ordinal))
        {
            _variables.Remove(line.Split(' ')[1]);
            return;
        }

        var text = line.Replace("http://127.0.0.1:8890", _bridgeUrl, StringComparison.Ordinal);
        text = Secrets()
            .Replace(
                text,
                hole => Regex.Matches(_shown, $"{hole.Groups[1].Value}_[0-9a-f]{{12}}_[A-Za-z0-9_-]{{43}}")[^1].Value
            );
        if (text.StartsWith("export ", StringComparison.Ordinal))
        {
            var (name, value) = (text.Split(' ', '=')[1], text.Split('=', ' ')[2]);
            _variables[name] = value;
            return;
        }

        var words = ShellLine.Commands(text).Single()[1..];
        if (words[0] is "broker" or "bridge" || (words[0] == "agent" && words[1] == "--config"))
        {
            var server = Run(words);
            await server.LineAsync("ready:", Stage.StartLimit);
            _shown += string.Concat(server.Lines.Select(printed => printed + '\n'));
        }
        else
        {
            await DoAsync(line, words);
        }
    }

    private async Task DoAsync(string line, string[] words)
    {
        var isLogin = words[0] == "login";
        // No person sits at a terminal here. The test changes the given password, as the person would be asked to.
        var command = Run(isLogin ? [.. words, "--password-stdin"] : words);
        var password = Password().Match(_shown).Groups[1].Value;
        if (isLogin)
        {
            command.Say(password);
        }

        var exitCode = await command.ExitAsync(Stage.StartLimit);
        Assert.That(
            exitCode,
            Is.EqualTo(line.Contains("Forbidden", StringComparison.Ordinal) ? Refused : 0),
            $"{line}\n{command.Describe()}"
        );
        _shown += string.Concat(command.Lines.Select(printed => printed + '\n'));
        if (isLogin)
        {
            var change = Run(["account", "password", "--password-stdin"]);
            change.Say($"{password}\nof course nobody knows this one");
            Assert.That(await change.ExitAsync(Stage.StartLimit), Is.Zero, change.Describe());
        }

        Assert.That(
            command.Lines,
            words[0] switch
            {
                "whoami" => Has
                    .Some.Matches<string>(said => Regex.IsMatch(said, "^name +user:ana$"))
                    .And.Some.Contains("the session that `login` began"),
                "jobs" when words[1] == "run" => Has.Some.Contains("2026-10"),
                "jobs" => Has.Some.StartsWith("error: Forbidden"),
                _ => Is.Not.Null,
            }
        );
    }

    // The command runs in the folder of the test, which has the files that the lines name.
    private ChildProcess Run(string[] words) =>
        Stage.Start(
            string.Join(' ', words.Take(2)),
            "/bin/sh",
            ["-c", "cd \"$HERE\" && exec \"$0\" \"$@\"", Shipped.ScheduleZero, .. words],
            [.. _variables.Select(variable => (variable.Key, variable.Value)), ("HERE", Stage.Folder)]
        );

    [GeneratedRegex("```\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex("(sz[ke])_…")]
    private static partial Regex Secrets();

    [GeneratedRegex("(?m)^password +(\\S+)$")]
    private static partial Regex Password();
}
