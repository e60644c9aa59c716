using ScheduleZero.Broker.Host.Alerting.Sending.Words;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Alerting.Sending;

/// <summary>The words of notices, and the pages that they link to.</summary>
[Parallelizable]
internal sealed class AlertWordsTests
{
    [TestCase(AlertCondition.JobFailed, 1, "A job of night failed", "methods/night")]
    [TestCase(AlertCondition.JobFailed, 1200, "1200 jobs of night failed", "methods/night")]
    [TestCase(AlertCondition.OccurrenceMissed, 1, "The schedule night missed an instant", "schedules/night")]
    [TestCase(AlertCondition.OccurrenceMissed, 2, "The schedule night missed 2 instants", "schedules/night")]
    [TestCase(AlertCondition.NothingSucceeded, 1, "No job of night has succeeded for too long", "methods/night")]
    [TestCase(
        AlertCondition.HandlerSilent,
        1,
        "The handler night has had no connection for too long",
        "handlers/night"
    )]
    [TestCase(AlertCondition.WaitingLong, 4, "Jobs of night have waited for too long", "methods/night")]
    [TestCase(AlertCondition.KeyExpires, 1, "The key night expires soon", "admin/keys")]
    [TestCase(AlertCondition.DiskLow, 1, "The disk of the store is nearly full", "")]
    [TestCase(AlertCondition.LinkDown, 1, "The Bridge night has no connection to the Broker", "links")]
    [TestCase(AlertCondition.CertificateExpires, 1, "The certificate night expires soon", "")]
    public void Each_condition_has_words_and_a_page(AlertCondition condition, long count, string words, string page)
    {
        var notice = SampleNotices.Failed() with { Condition = condition, Count = count, Subject = "night" };
        Assert.That(AlertWords.TitleOf(notice), Is.EqualTo(words));
        Assert.That(AlertWords.TitleOf(notice with { Phase = AlertPhase.Ongoing }), Is.EqualTo($"Ongoing: {words}"));
        Assert.That(AlertWords.TitleOf(notice with { Phase = AlertPhase.Resolved }), Is.EqualTo($"Resolved: {words}"));
        Assert.That(
            new AlertLinks("https://jobs.example.org/base/", true).Of(notice)!.AbsoluteUri.TrimEnd('/'),
            Is.EqualTo($"https://jobs.example.org/base/ui/ns/default/{page}".TrimEnd('/'))
        );
    }

    [Test]
    public void Every_condition_is_tested_here() =>
        Assert.That(Enum.GetValues<AlertCondition>(), Has.Length.EqualTo(9), "add a case above");

    [Test]
    public void A_test_names_its_channel_and_no_rule()
    {
        var message = SampleNotices.WordsOf(
            SampleNotices.Failed() with
            {
                Phase = AlertPhase.Test,
                Rule = "",
                Samples = [],
            }
        );
        Assert.That(message.Title, Is.EqualTo("A test of the channel ops"));
        Assert.That(message.Facts.Select(fact => fact.Name), Is.EqualTo(new[] { "Namespace", "Channel", "Sent" }));
    }

    [Test]
    public void An_alert_that_ended_says_until_when()
    {
        var message = SampleNotices.WordsOf(
            SampleNotices.Failed() with
            {
                Phase = AlertPhase.Resolved,
                Since = new DateTimeOffset(2026, 12, 1, 1, 0, 0, TimeSpan.FromHours(1)),
                Detail = "a job succeeded",
            }
        );
        Assert.That(
            message.Facts.Select(fact => $"{fact.Name}: {fact.Text}"),
            Is.EqualTo(
                new[]
                {
                    "Namespace: default",
                    "Rule: nightly",
                    "Since: 2026-12-01 00:00:00 UTC",
                    "Until: 2026-11-30 22:16:00 UTC",
                    "Detail: a job succeeded",
                }
            )
        );
    }

    [Test]
    public void Hostile_names_stay_within_their_line_and_their_page()
    {
        var notice = SampleNotices.Failed("\u001b[31mred\nblue") with { Subject = "../../x?y#z\r\n\u202eevil" };
        var message = AlertWords.Of(notice, new AlertLinks("https://jobs.example.org", true));
        Assert.That(message.Title, Does.Not.Contain("\n").And.Not.Contain("\r").And.Not.Contain("\u202e"));
        Assert.That(message.Jobs[0].Text, Is.EqualTo("red blue"));
        Assert.That(
            message.Link!.AbsoluteUri,
            Does.StartWith("https://jobs.example.org/ui/ns/default/methods/..%2F..%2F")
        );
        Assert.That(
            SampleNotices.WordsOf(notice with { Subject = new string('x', 9000) }).Title,
            Has.Length.AtMost(200)
        );
    }

    [Test]
    public void Without_a_dashboard_or_a_public_url_there_is_no_link()
    {
        Assert.That(new AlertLinks("https://jobs.example.org", false).Of(SampleNotices.Failed()), Is.Null);
        Assert.That(new AlertLinks("", true).OfJob("default", SampleNotices.Job), Is.Null);
    }
}
