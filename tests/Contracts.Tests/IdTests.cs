using System.Text;
using System.Text.Json;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Tests;

public sealed class IdTests
{
    private const string Job = "0198c1a2-7f00-7abc-8def-0123456789ab";

    [TestCase(1)]
    [TestCase(42)]
    [TestCase(int.MaxValue)]
    public void An_attempt_id_survives_text_utf8_and_json(int token)
    {
        Assert.That(JobId.TryParse(Job, out var job), Is.True);
        var id = new AttemptId(job, token);

        Span<byte> utf8 = stackalloc byte[47];
        var length = id.Format(utf8);
        Assert.That(Encoding.ASCII.GetString(utf8[..length]), Is.EqualTo($"{Job}.{token}"));
        Assert.That(id.ToString(), Is.EqualTo($"{Job}.{token}"));
        Assert.That(AttemptId.TryParse(id.ToString(), out var read), Is.True);
        Assert.That(read, Is.EqualTo(id));
        Assert.That(JsonSerializer.Deserialize<AttemptId>(JsonSerializer.Serialize(id)), Is.EqualTo(id));
    }

    [Test]
    public void An_attempt_id_with_escapes_in_its_json_is_read()
    {
        var id = JsonSerializer.Deserialize<AttemptId>($"\"{Job}\\u002e7\"");
        Assert.That(id.Token, Is.EqualTo(7));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase(Job)]
    [TestCase(Job + ".")]
    [TestCase(Job + ".0")]
    [TestCase(Job + ".-1")]
    [TestCase(Job + ".+1")]
    [TestCase(Job + ".01")]
    [TestCase(Job + ".1 ")]
    [TestCase(Job + ".1x")]
    [TestCase(Job + ".2147483648")]
    [TestCase(Job + ",1")]
    [TestCase(" " + Job + ".1")]
    [TestCase("{0198c1a2-7f00-7abc-8def-0123456789a}.1")]
    [TestCase("éééééééééééééééééééééééééééééééééééé.1")]
    public void What_is_no_attempt_id_is_refused(string? text)
    {
        Assert.That(AttemptId.TryParse(text, out var id), Is.False);
        Assert.That(id, Is.EqualTo(default(AttemptId)));
        Assert.That(
            () => JsonSerializer.Deserialize<AttemptId>(JsonSerializer.Serialize(text)),
            Throws.InstanceOf<JsonException>()
        );
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("0198c1a27f007abc8def0123456789ab")]
    [TestCase("{0198c1a2-7f00-7abc-8def-0123456789ab}")]
    [TestCase(" 0198c1a2-7f00-7abc-8def-0123456789ab")]
    [TestCase("0198c1a2-7f00-7abc-8def-0123456789ag")]
    public void What_is_no_job_id_is_refused(string? text)
    {
        Assert.That(JobId.TryParse(text, out _), Is.False);
        Assert.That(
            () => JsonSerializer.Deserialize<JobId>(JsonSerializer.Serialize(text)),
            Throws.InstanceOf<JsonException>()
        );
    }

    [TestCase("7")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("true")]
    public void An_id_that_is_no_string_is_refused(string json)
    {
        Assert.That(() => JsonSerializer.Deserialize<JobId>(json), Throws.InstanceOf<JsonException>());
        Assert.That(() => JsonSerializer.Deserialize<AttemptId>(json), Throws.InstanceOf<JsonException>());
    }

    [Test]
    public void Job_ids_sort_by_the_time_they_were_made()
    {
        var earlier = new JobId(Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddDays(20_000)));
        var later = new JobId(Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddDays(20_000).AddMilliseconds(1)));
        Assert.That(earlier < later, Is.True);
        Assert.That(string.CompareOrdinal(earlier.ToString(), later.ToString()), Is.Negative);
    }
}
