using System.Text;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Agent.Tests.Offline;

public sealed class JournalTests
{
    private OfflineRig _rig = null!;

    [SetUp]
    public void Begin() => _rig = new OfflineRig(options => options.OfflineBytesMax = 1024 * 1024);

    [TearDown]
    public void End() => _rig.Dispose();

    private static double Second(OfflineRun run) => (run.Nominal - OfflineRig.Noon).TotalSeconds;

    private int Said(int id) => _rig.Log.Lines.Count(line => line.Id == id);

    [Test]
    public void Cut_at_any_byte_it_opens_as_what_was_whole_before()
    {
        _rig.Code = job =>
            job.Attempt == 1 && job.Schedule!.Nominal == OfflineRig.Noon.AddSeconds(20)
                ? throw new InvalidOperationException("once")
                : Task.FromResult(RawJson.Parse("1"));
        _rig.GoOffline(_rig.ASchedule() with { Retry = RetryPolicy.Default with { MaxAttempts = 2, Jitter = 0 } });
        _rig.To(35);
        _rig.Kill();
        var whole = File.ReadAllBytes(_rig.JournalPath);
        var lines = whole.Select((b, i) => (b, i)).Where(at => at.b == (byte)'\n').Select(at => at.i + 1).ToList();
        Assert.That(lines, Has.Count.EqualTo(9), "The copy, and of the occurrences 2, 4 and 2 lines.");

        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(_rig.JournalPath, whole[..length]);
            _rig.Start();
            var runs = _rig.Reports();
            _rig.Kill();

            var kept = lines.Count(end => end <= length);
            // An attempt without an end is lost: the first is tried again in a second. With 5 lines the next one is
            // due, and runs at the start.
            (double, string)[] expected =
            [
                .. kept >= 3 ? [(10d, "succeeded")]
                : kept == 2 ? [(10d, "running")]
                : Array.Empty<(double, string)>(),
                .. kept is >= 7 or 5 ? [(20d, "succeeded")]
                : kept == 6 ? [(20d, "failed")]
                : kept == 4 ? [(20d, "running")]
                : Array.Empty<(double, string)>(),
                .. kept >= 9 ? [(30d, "succeeded")]
                : kept == 8 ? [(30d, "running")]
                : Array.Empty<(double, string)>(),
            ];
            Assert.That(
                runs.Select(run => (Second(run), run.Outcome)),
                Is.EqualTo(expected),
                $"cut at {length} of {whole.Length}"
            );
        }

        Assert.That(Directory.GetFiles(_rig.Folder, "*damaged*"), Is.Empty);
        Assert.That(Said(5401), Is.GreaterThan(whole.Length / 2));
    }

    [Test]
    public void Damage_in_the_middle_stops_the_reading_and_the_rest_is_put_aside()
    {
        _rig.GoOffline(_rig.ASchedule());
        _rig.To(55);
        _rig.Kill();
        var bytes = File.ReadAllBytes(_rig.JournalPath);
        var third = Encoding.UTF8.GetString(bytes).Split('\n').Take(5).Sum(line => line.Length + 1);
        bytes[third + 30] ^= 1;
        File.WriteAllBytes(_rig.JournalPath, bytes);
        _rig.Start();

        Assert.That(_rig.Reports().Select(Second), Is.EqualTo(new[] { 10d, 20 }));
        var aside = Directory.GetFiles(_rig.Folder, "*damaged*").Single();
        Assert.That(File.ReadAllBytes(aside), Is.EqualTo(bytes[third..]));
        Assert.That(_rig.Log.Lines.Single(line => line.Id == 5402).Text, Does.Contain(aside));
    }

    [Test]
    public void While_it_cannot_be_written_nothing_begins_and_then_it_goes_on()
    {
        _rig.GoOffline(_rig.ASchedule());
        _rig.To(9);
        _rig.FailingWrites = 3;
        _rig.To(39);
        Assert.That(_rig.Begun, Is.Empty);
        Assert.That(Said(5407), Is.EqualTo(1));

        _rig.To(45);
        Assert.That(_rig.Begun.Select(begun => begun.Nominal), Is.EqualTo(new[] { 10d, 20, 30, 40 }));
        Assert.That(Said(5408), Is.EqualTo(1));
        _rig.Restart();
        Assert.That(_rig.Reports(), Has.Count.EqualTo(4).And.All.Property("Outcome").EqualTo("succeeded"));
    }

    [Test]
    public void An_end_that_could_not_be_written_is_written_later()
    {
        var go = new TaskCompletionSource<RawJson>();
        _rig.Code = _ => go.Task;
        _rig.GoOffline(_rig.ASchedule(TimeSpan.FromMinutes(1)));
        _rig.To(61);
        _rig.FailingWrites = 1;
        go.SetResult(RawJson.Parse("7"));
        Assert.That(_rig.Reports().Single().Outcome, Is.EqualTo("running"));
        _rig.To(75);
        Assert.That(_rig.Says().Single().Runs.Single().Result.ToString(), Is.EqualTo("7"));
        _rig.Restart();

        Assert.That(_rig.Reports().Single().Result.ToString(), Is.EqualTo("7"));
        Assert.That(_rig.Begun, Has.Count.EqualTo(1));
    }

    [Test]
    public void When_it_is_full_nothing_new_begins_and_that_is_said_once()
    {
        var result = RawJson.From(new string('x', 100_000));
        _rig.Code = _ => Task.FromResult(result);
        var schedule = _rig.ASchedule();
        _rig.GoOffline(schedule);
        _rig.To(200);
        var runs = _rig.Begun.Count;

        Assert.That(new FileInfo(_rig.JournalPath).Length, Is.InRange(1024 * 1024, 1200 * 1024));
        Assert.That(runs, Is.InRange(9, 12));
        Assert.That(Said(5409), Is.EqualTo(1));

        var said = _rig.Reports();
        Assert.That(said, Has.Count.EqualTo(runs));
        _rig.Custodian.ReceiveAnswer(new Taken(schedule.ScheduleId, [.. said.Select(run => run.Nominal)]));
        _rig.Cut();
        _rig.To(220);
        Assert.That(_rig.Begun, Has.Count.GreaterThan(runs));
    }

    [Test]
    public void It_is_made_shorter_when_most_of_it_is_confirmed_and_what_is_not_stays()
    {
        var result = RawJson.From(new string('x', 90_000));
        var go = new TaskCompletionSource<RawJson>();
        _rig.Code = job => job.Schedule!.Nominal == OfflineRig.Noon.AddSeconds(10) ? go.Task : Task.FromResult(result);
        var schedule = _rig.ASchedule();
        _rig.GoOffline(schedule);
        _rig.To(200);
        var nominals = _rig.Reports().Where(run => run.Outcome == "succeeded").Select(run => run.Nominal).ToList();
        _rig.Custodian.ReceiveAnswer(new Taken(schedule.ScheduleId, [.. nominals.Skip(1)]));

        Assert.That(new FileInfo(_rig.JournalPath).Length, Is.LessThan(200_000));
        go.SetResult(RawJson.Parse("1"));
        Assert.That(
            _rig.Reports().Select(run => (Second(run), run.Result.Utf8.Length)),
            Is.EqualTo(new[] { (10d, 1), (20d, 90_002) })
        );
        _rig.Restart();
        Assert.That(
            _rig.Reports().Select(run => (Second(run), run.Result.Utf8.Length)),
            Is.EqualTo(new[] { (10d, 1), (20d, 90_002) })
        );
        Assert.That(Directory.GetFiles(_rig.Folder, "*.tmp"), Is.Empty);
    }

    [Test]
    public void That_it_begins_is_on_the_disk_before_the_code_runs()
    {
        string? seen = null;
        _rig.Code = async _ =>
        {
            await using var file = new FileStream(
                _rig.JournalPath,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            using var reader = new StreamReader(file);
            seen = await reader.ReadToEndAsync();
            return default;
        };
        _rig.GoOffline(_rig.ASchedule());
        _rig.To(12);

        Assert.That(() => seen, Is.Not.Null.After(20_000, 2));
        Assert.That(seen, Does.Contain("\"kind\":\"begun\"").And.EndWith("\n").And.Not.Contain("\"kind\":\"ended\""));
    }
}
