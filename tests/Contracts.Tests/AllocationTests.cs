using System.Text.Json;
using ScheduleZero.Allocations;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Contracts.Tests;

/// <summary>What one job may allocate in messages of the handler protocol and in bodies of REST.</summary>
public sealed class AllocationTests
{
    private static readonly JobId Job = new(Guid.Parse("0198c1a2-7f00-7abc-8def-0123456789ab"));
    private static readonly AttemptId Attempt = new(Job, 1);

    private static readonly Report Report = new([
        new ReportEvent { Type = ReportEventTypes.Started, AttemptId = Attempt },
        new ReportEvent
        {
            Type = ReportEventTypes.Succeeded,
            AttemptId = Attempt,
            FencingToken = 1,
            Result = RawJson.Parse("""{"pages":12}"""),
        },
    ]);

    private static readonly Assign Assign = new([
        new AssignedAttempt
        {
            AttemptId = Attempt,
            JobId = Job,
            Method = "reports.render",
            Params = RawJson.Parse("""{"month":"2026-10"}"""),
            Attempt = 1,
            MaxAttempts = 3,
            FencingToken = 1,
            LeaseSeconds = 30,
            TimeoutSeconds = 3600,
            EnqueuedAt = DateTimeOffset.UnixEpoch,
        },
    ]);

    [Test]
    public void Report_is_written_in_few_bytes() => Allocated.AssertAtMost(310, () => ProtocolJson.Write(Report));

    [Test]
    public void Report_is_read_in_few_bytes()
    {
        var body = ProtocolJson.Write(Report);
        Allocated.AssertAtMost(2_000, () => ProtocolJson.TryRead<Report>(body, out _, out _));
    }

    [Test]
    public void Assign_is_written_in_few_bytes() => Allocated.AssertAtMost(430, () => ProtocolJson.Write(Assign));

    [Test]
    public void Assign_is_read_in_few_bytes()
    {
        var body = ProtocolJson.Write(Assign);
        Allocated.AssertAtMost(1_850, () => ProtocolJson.TryRead<Assign>(body, out _, out _));
    }

    [Test]
    public void Request_of_a_job_is_read_in_few_bytes()
    {
        var body = """{"method":"reports.render","params":{"month":"2026-10"}}"""u8.ToArray();
        Allocated.AssertAtMost(800, () => JsonSerializer.Deserialize(body, RestJson.Default.JobRequest));
    }

    [Test]
    public void Answer_with_a_job_is_written_in_few_bytes()
    {
        var view = new JobView
        {
            Id = Job,
            Namespace = "default",
            State = JobState.Ready,
            Attempts = 0,
            Method = "reports.render",
            EnqueuedAt = DateTimeOffset.UnixEpoch,
            RunAt = DateTimeOffset.UnixEpoch,
            Retry = new RetryOptions(),
            CreatedBy = "key:x",
        };
        Allocated.AssertAtMost(800, () => JsonSerializer.SerializeToUtf8Bytes(view, RestJson.Default.JobView));
    }
}
