using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>The rules on a job as posted, and the short way for jobs that only name a method.</summary>
public sealed class JobRequestRulesTests
{
    private static IEnumerable<JobRequest> Requests =>
        [
            new() { Method = "reports.render" },
            new() { Method = null! },
            new() { Method = "" },
            new() { Method = "two words" },
            new() { Method = new string('m', 1_000) },
            new() { Method = "m", Handler = "" },
            new() { Method = "m", Group = "two words" },
            new()
            {
                Method = "m",
                Handler = "h",
                Group = "g",
            },
            new() { Method = "m", Priority = 101 },
            new() { Method = "m", RunAt = DateTimeOffset.MaxValue },
            new() { Method = "m", StartDeadline = DateTimeOffset.MinValue },
            new() { Method = "m", Timeout = TimeSpan.Zero },
            new()
            {
                Method = "m",
                Retry = new RetryOptions { MaxAttempts = 0 },
            },
            new() { Method = "m", DeduplicationKey = "" },
            new() { Method = "m", DeduplicationWindow = TimeSpan.FromMinutes(1) },
            new() { Method = "m", DeduplicationStrict = false },
            new() { Method = "m", Concurrency = new ConcurrencyOptions("", 1) },
            new() { Method = "m", RateLimit = new RateLimitOptions("k", 0, TimeSpan.FromMinutes(1)) },
            new() { Method = "m", Tags = [""] },
            new() { Method = "m", Tags = [] },
            new() { Method = "m", After = [] },
            new() { Method = "m", AfterFailure = AfterFailure.Run },
            new() { Method = "m", Ref = "two words" },
        ];

    [TestCaseSource(nameof(Requests))]
    public void The_short_way_refuses_what_the_rules_refuse(JobRequest request)
    {
        var isValid = JobRequestValidator.Instance.Validate(request).IsValid;
        Assert.That(JobRequestValidator.Check(request, "") is null, Is.EqualTo(isValid));
    }
}
