using System.Text.Json;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Alerting.Sending;

/// <summary>What chats receive.</summary>
[Parallelizable]
internal sealed class ChatTests
{
    private const string Hostile =
        "<!channel> @here @channel @everyone <@U1> <https://evil.example|Sign in> [Sign in](https://evil.example) "
        + "![x](https://evil.example/x.png) `code` & \u202e {{DATE(2026-01-01T00:00:00Z)}}\r\n# head\n> quote";

    [Test]
    public async Task Slack_gets_a_title_facts_and_jobs()
    {
        var text = await SlackTextAsync(SampleNotices.Failed());
        Assert.That(
            text.Split('\n'),
            Is.EqualTo(
                new[]
                {
                    "*3 jobs of report.render failed*",
                    "Namespace: default",
                    "Rule: nightly",
                    "Since: 2026-11-30 22:15:00 UTC",
                    "https://jobs.example.org/ui/ns/default/methods/report.render",
                    "• report.render on office-7, 2026-11-30 22:15:00 UTC",
                    "`Disk quota exceeded`",
                    $"https://jobs.example.org/ui/ns/default/jobs/{SampleNotices.Job}",
                }
            )
        );
    }

    [Test]
    public async Task Hostile_text_mentions_nobody_and_links_nowhere_in_chats_that_take_slacks_form()
    {
        var notice = SampleNotices.Failed(Hostile) with { Subject = Hostile, Detail = Hostile, Rule = Hostile };
        var text = await SlackTextAsync(notice);
        Assert.That(text, Does.Not.Contain("<").And.Not.Contain(">"));
        Assert.That(text, Does.Not.Match("@[a-zA-Z]"), "a mention of Mattermost or Discord");
        var outsideOfCode = text.Split('\n').Where(line => !line.StartsWith('`')).ToList();
        Assert.That(outsideOfCode, Has.All.Not.Contains("](").And.All.Not.Contains('`'));
        foreach (var code in text.Split('\n').Where(line => line.StartsWith('`')))
        {
            Assert.That(code[1..^1], Does.Not.Contain("`"));
            Assert.That(code[^1], Is.EqualTo('`'));
        }

        Assert.That(text, Does.Not.Contain("\u202e").And.Contain("&lt;!channel&gt;").And.Contain("&amp;"));
    }

    [Test]
    public async Task A_message_fits_the_chat_with_the_least_room_and_ends_with_a_whole_line()
    {
        var long_ = new string('<', 300);
        var sample = new AlertSample(SampleNotices.Job, long_, long_, long_, SampleNotices.Since);
        var text = await SlackTextAsync(
            SampleNotices.Failed() with
            {
                Subject = long_,
                Samples = [.. Enumerable.Repeat(sample, AlertBounds.SamplesMax)],
            }
        );
        Assert.That(text, Has.Length.AtMost(2000));
        Assert.That(text.Replace("&lt;", ""), Does.Not.Contain("&"), "no entity is cut");
        Assert.That(text.Count(c => c == '`') % 2, Is.Zero);
    }

    [Test]
    public async Task Teams_gets_a_card_whose_text_is_all_in_runs()
    {
        var message = await BodyAsync(
            AlertChannelKind.Teams,
            SampleNotices.Failed(Hostile) with
            {
                Subject = Hostile,
                Detail = Hostile,
            }
        );
        Assert.That(message.GetProperty("type").GetString(), Is.EqualTo("message"));
        var attachment = message.GetProperty("attachments")[0];
        Assert.That(
            attachment.GetProperty("contentType").GetString(),
            Is.EqualTo("application/vnd.microsoft.card.adaptive")
        );
        var card = attachment.GetProperty("content");
        Assert.That(
            (card.GetProperty("type").GetString(), card.GetProperty("version").GetString()),
            Is.EqualTo(("AdaptiveCard", "1.4"))
        );
        var blocks = card.GetProperty("body").EnumerateArray().ToList();
        Assert.That(blocks.Select(block => block.GetProperty("type").GetString()), Is.All.EqualTo("RichTextBlock"));
        var runs = blocks.SelectMany(block => block.GetProperty("inlines").EnumerateArray()).ToList();
        Assert.That(runs.Select(run => run.GetProperty("type").GetString()), Is.All.EqualTo("TextRun"));
        Assert.That(
            runs.Select(run => run.GetProperty("text").GetString()),
            Has.All.Not.Contains("{{").And.All.Not.Contains('\n')
        );
        Assert.That(
            card.GetProperty("actions")[0].GetProperty("url").GetString(),
            Does.StartWith("https://jobs.example.org/ui/ns/default/methods/")
        );
        Assert.That(
            runs.Where(run => run.TryGetProperty("selectAction", out _))
                .Select(run => run.GetProperty("selectAction").GetProperty("url").GetString()),
            Is.EqualTo(new[] { $"https://jobs.example.org/ui/ns/default/jobs/{SampleNotices.Job}" })
        );
    }

    [Test]
    public async Task The_longest_card_is_not_too_long_for_teams()
    {
        var wide = new string('\u20ac', 300);
        var sample = new AlertSample(SampleNotices.Job, wide, wide, wide, SampleNotices.Since);
        var notice = SampleNotices.Failed() with
        {
            Subject = wide,
            Rule = wide,
            Detail = wide,
            Samples = [.. Enumerable.Repeat(sample, AlertBounds.SamplesMax)],
        };
        Assert.That(
            (await BodyAsync(AlertChannelKind.Teams, notice)).GetRawText(),
            Has.Length.AtMost(28 * 1024),
            "the bound of Teams"
        );
    }

    [Test]
    public async Task Without_a_public_url_nothing_is_a_link()
    {
        await using var sink = WebSink.Answering(200);
        using var senders = SampleNotices.Senders();
        foreach (var kind in new[] { AlertChannelKind.Slack, AlertChannelKind.Teams })
        {
            await senders.SendAsync(new AlertTarget.Chat(sink.Url, kind), SampleNotices.Failed(), default);
            var body = System.Text.Encoding.UTF8.GetString((await sink.TakeAsync()).Body);
            Assert.That(body, Does.Not.Contain("/ui/").And.Not.Contain("actions").And.Not.Contain("selectAction"));
        }
    }

    [Test]
    public async Task A_problem_does_not_tell_the_url_of_a_chat()
    {
        await using var sink = WebSink.Answering(404);
        using var senders = SampleNotices.Senders();
        var result = await senders.SendAsync(
            new AlertTarget.Chat(sink.Url, AlertChannelKind.Slack),
            SampleNotices.Failed(),
            default
        );
        Assert.That(result.Problem, Is.EqualTo("127.0.0.1 answered 404 Not Found."));
    }

    private static async Task<string> SlackTextAsync(AlertNotice notice)
    {
        var body = await BodyAsync(AlertChannelKind.Slack, notice);
        Assert.That(body.GetProperty("unfurl_links").GetBoolean(), Is.False);
        return body.GetProperty("text").GetString()!;
    }

    private static async Task<JsonElement> BodyAsync(AlertChannelKind kind, AlertNotice notice)
    {
        await using var sink = WebSink.Answering(200);
        using var senders = SampleNotices.Senders(
            settings: new BrokerSettings
            {
                PublicUrl = "https://jobs.example.org",
                Alerts = new AlertSettings { Allow = ["127.0.0.1"] },
            }
        );
        Assert.That((await senders.SendAsync(new AlertTarget.Chat(sink.Url, kind), notice, default)).IsSent);
        return JsonDocument.Parse((await sink.TakeAsync()).Body).RootElement;
    }
}
