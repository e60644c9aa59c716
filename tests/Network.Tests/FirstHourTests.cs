using System.Text.RegularExpressions;
using ScheduleZero.Network.Tests.FirstHour;
using ScheduleZero.Network.Tests.Topology;

namespace ScheduleZero.Network.Tests;

/// <summary>
/// <c>docs/first-hour.md</c>, step by step: by its commands in terminals, and by the words of its pages in Chromium.
/// </summary>
[CancelAfter(600_000)]
public sealed partial class FirstHourTests
{
    private const string Password = "a sentence for tests only";
    private const string Other = "office-7";

    /// <summary>A folder for pictures of the page at the end of each step; null for none.</summary>
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("SZ_SCREENSHOTS");

    private Machines _machines = null!;
    private Newcomer _newcomer = null!;
    private string _adminKey = "";

    [SetUp]
    public async Task BuildAsync()
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        _machines = await Machines.BuildAsync(cancellationToken);
        _newcomer = await Newcomer.StartAsync(_machines.Network.Dmz, _machines.Folder, cancellationToken);
    }

    [TearDown]
    public async Task StopAsync()
    {
        if (_newcomer is not null)
        {
            await _newcomer.DisposeAsync();
        }

        await _machines.DisposeAsync();
    }

    [Test]
    public async Task A_newcomer_gets_through_the_first_hour(CancellationToken cancellationToken)
    {
        var guide = Guide.Read();
        (string Heading, Func<GuideStep, CancellationToken, Task> Do)[] steps =
        [
            ("1. Start the Broker", StartBrokerAsync),
            ("2. Make the first user", MakeFirstUserAsync),
            ("3. Start a Bridge", StartBridgeAsync),
            ("4. Enrol the other machine", EnrolAsync),
            ("5. Run a first job", RunJobAsync),
            ("6. Make a nightly schedule", MakeScheduleAsync),
            ("7. Find out why a job failed", FindFailureAsync),
            ("8. Run it again with other params", ReplayAsync),
            ("9. Let a colleague help", LetColleagueHelpAsync),
        ];
        Assert.That(guide.Select(step => step.Heading), Is.EqualTo(steps.Select(step => step.Heading)));
        foreach (var (step, (_, act)) in guide.Zip(steps))
        {
            await DoAsync(step, act, cancellationToken);
        }

        Assert.That(_newcomer.Complaints, Is.Empty);
    }

    private async Task DoAsync(
        GuideStep step,
        Func<GuideStep, CancellationToken, Task> act,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await act(step, cancellationToken);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(
                $"Step “{step.Heading}”: {e.Message}{Environment.NewLine}{_machines.Printed()}",
                e
            );
        }
        finally
        {
            if (Pictures is not null)
            {
                await _newcomer.PhotographAsync(Path.Combine(Pictures, $"first-hour-{step.Heading[0]}.png"));
            }
        }

        var (labels, values) = _newcomer.TakeWords();
        Assert.Multiple(() =>
        {
            Assert.That(labels, Is.EqualTo(step.Labels), $"the words of pages in “{step.Heading}”");
            Assert.That(values, Is.EqualTo(step.Values), $"what is typed and read in “{step.Heading}”");
        });
    }

    private async Task StartBrokerAsync(GuideStep step, CancellationToken cancellationToken)
    {
        var broker = await _machines.TypeOnFirstAsync("broker", step.Commands.Single(), "", cancellationToken);
        _adminKey = AdminKey().Match(broker.Printed).Value;
        _newcomer.Note(_adminKey[..4]);
    }

    private async Task MakeFirstUserAsync(GuideStep step, CancellationToken cancellationToken)
    {
        var address = step.Values.Single(value => value.StartsWith("http://", StringComparison.Ordinal));
        _newcomer.Note(address);
        await _newcomer.GoToAsync(address);
        await _newcomer.SeeAsync("Make the first user");
        await _newcomer.FillOtherAsync("Admin key", _adminKey);
        await _newcomer.FillAsync("User name", "ana");
        await _newcomer.FillOtherAsync("New password", Password);
        await _newcomer.FillOtherAsync("New password, once more", Password);
        await _newcomer.ClickAsync("Make the user and sign in");
        await _newcomer.SeeAsync("First steps");
        await _newcomer.SeeAsync("Home");
    }

    private async Task StartBridgeAsync(GuideStep step, CancellationToken cancellationToken)
    {
        await _newcomer.SeeAsync("Start a Bridge");
        await _newcomer.ClickAsync("Make a key for a Bridge");
        await _newcomer.SeeAsync("Kind");
        await _newcomer.FillAsync("What for", "first bridge");
        await _newcomer.ClickAsync("Make the key");
        var key = await _newcomer.CopyAsync();
        await _machines.TypeOnFirstAsync("bridge", step.Commands.Single(), $"{key}\n", cancellationToken);
        await _newcomer.ClickAsync("I have stored it");
        await _newcomer.ClickAsync("Home");
        await _newcomer.SeeAsync("1 of 1 link up");
    }

    private async Task EnrolAsync(GuideStep step, CancellationToken cancellationToken)
    {
        const string shown = "http://ADDRESS:8890";
        await AgentBehindNatTests.RequireThatNobodyDialsTheOfficeAsync(_machines.Network, cancellationToken);
        await _newcomer.ClickAsync("Home");
        await _newcomer.ClickAsync("Enrol a handler");
        await _newcomer.FillAsync("Name", Other);
        _newcomer.Note(shown);
        await _newcomer.FillOtherAsync(
            "Address of a Bridge",
            shown.Replace("ADDRESS", $"{OfficeNetwork.DmzAddress}", StringComparison.Ordinal)
        );
        await _newcomer.ClickAsync("Make the line to paste");
        var line = await _newcomer.CopyAsync();
        await _machines.PasteOnOtherAsync(line, cancellationToken);
        await _newcomer.SeeAsync("The agent makes its key");
        await _newcomer.SeeAsync("The handler connects");
        await _newcomer.SeeAsync($"{Other} is connected, and offers host.name, disk.free.");
        Assert.That(File.Exists(Path.Combine(_machines.Folder, "other", $"{Other}.yaml")), Is.True);
        _newcomer.Note($"{Other}.yaml");
    }

    private async Task RunJobAsync(GuideStep step, CancellationToken cancellationToken)
    {
        await _newcomer.ClickAsync("Run a first job");
        await _newcomer.SeeFieldAsync("Method", "host.name");
        await _newcomer.ClickAsync("Run the job");
        await _newcomer.SeeAsync("Succeeded");
        await _newcomer.ClickAsync("Result");
        await _newcomer.SeeOtherAsync(Environment.MachineName);
    }

    private async Task MakeScheduleAsync(GuideStep step, CancellationToken cancellationToken)
    {
        await _newcomer.ClickAsync("Home");
        await _newcomer.ClickAsync("Make a schedule");
        await _newcomer.FillAsync("Name", "nightly-disk");
        await _newcomer.SeeFieldAsync("Cron expression", "0 2 * * *");
        await _newcomer.SeeAsync("every day at 02:00");
        await _newcomer.FillAsync("Method", "disk.free");
        await _newcomer.FillAsync("Params", """{"disk":"/srv/nothing"}""");
        await _newcomer.ClickAsync("Make the schedule");
        await _newcomer.SeeAsync("nightly-disk is made.");
        await _newcomer.SeeOtherAsync("Next instants");
    }

    private async Task FindFailureAsync(GuideStep step, CancellationToken cancellationToken)
    {
        await _newcomer.ClickAsync("Run now");
        await _newcomer.SeeAsync("Run nightly-disk now");
        await _newcomer.ClickAsync("Run now");
        await _newcomer.ClickAsync("Home");
        await _newcomer.SeeAsync("Needs attention");
        await _newcomer.SeeAsync("1 job of disk.free failed for good");
        await _newcomer.ClickAsync("Look and replay");
        await _newcomer.ClickJobAsync();
        await _newcomer.SeeOtherAsync($"3 · {Other}");
        await _newcomer.ClickAsync("Log");
        await _newcomer.ReadAsync("df: /srv/nothing: No such file or directory");
        await _newcomer.ClickAsync("Error");
        await _newcomer.ReadAsync("exit_1");
    }

    private async Task ReplayAsync(GuideStep step, CancellationToken cancellationToken)
    {
        await _newcomer.ClickAsync("Replay with other params…");
        await _newcomer.FillAsync("disk (needed)", "/");
        await _newcomer.ClickAsync("Replay");
        await _newcomer.SeeAsync("Succeeded");
        await _newcomer.ClickAsync("Result");
        await _newcomer.SeeOtherAsync("Filesystem");
        await _newcomer.ClickAsync("Schedules");
        await _newcomer.ClickAsync("nightly-disk");
        await _newcomer.ClickAsync("Change");
        await _newcomer.FillAsync("Params", """{"disk":"/"}""");
        await _newcomer.ClickAsync("Save as a new version");
        await _newcomer.SeeAsync("nightly-disk is saved.");
        await _newcomer.ClickAsync("Versions");
        await _newcomer.SeeOtherAsync("/srv/nothing");
    }

    private async Task LetColleagueHelpAsync(GuideStep step, CancellationToken cancellationToken)
    {
        await _newcomer.ClickAsync("Admin");
        await _newcomer.ClickAsync("Users");
        await _newcomer.ClickAsync("Create a user");
        await _newcomer.FillAsync("User name", "ben");
        await _newcomer.SeeAsync("Roles");
        await _newcomer.ChooseAsync("Role 1", "operator");
        await _newcomer.ChooseAsync("Namespace of role 1", "default");
        await _newcomer.ClickAsync("Create");
        await _newcomer.SeeAsync("The first password of ben");
        var password = await _newcomer.CopyAsync();
        await _newcomer.ClickAsync("I have stored it");

        var address = _newcomer.Address;
        await _newcomer.OpenWindowAsync();
        await _newcomer.GoToAsync(address.GetLeftPart(UriPartial.Authority));
        await _newcomer.FillAsync("User name", "ben");
        await _newcomer.FillOtherAsync("Password", password);
        await _newcomer.ClickAsync("Sign in");
        await _newcomer.SeeAsync("Choose your own password");
        await _newcomer.FillOtherAsync("Present password", password);
        await _newcomer.FillOtherAsync("New password", Password);
        await _newcomer.FillOtherAsync("New password, once more", Password);
        await _newcomer.ClickAsync("Change the password");
        await _newcomer.SeeOtherAsync("Needs attention");
        await _newcomer.SeeAsync("Home");
        await SeeWhatAnOperatorSeesAsync();
        await _newcomer.GoToAsync(address.ToString());
        await _newcomer.SeeAsync("Your roles do not open this");
    }

    private async Task SeeWhatAnOperatorSeesAsync()
    {
        await _newcomer.ClickAsync("Jobs");
        await _newcomer.SeeOfferedAsync("Run a job");
        await _newcomer.ClickAsync("Schedules");
        await _newcomer.SeeOfferedAsync("Run now");
        await _newcomer.MissAsync("New schedule", once: "nightly-disk");
        await _newcomer.ClickAsync("nightly-disk");
        await _newcomer.MissAsync("Change", once: "Next instants");
        await _newcomer.ClickAsync("Handlers");
        await _newcomer.MissAsync("Enrol a handler", once: Other);
        await _newcomer.ClickAsync("Admin");
        await _newcomer.SeeOfferedAsync("Versions");
        await _newcomer.MissAsync("Users", once: "Versions");
        await _newcomer.MissAsync("Keys", once: "Versions");
    }

    [GeneratedRegex(@"szk_\S+")]
    private static partial Regex AdminKey();
}
