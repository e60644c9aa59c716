using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Agent.Tests.Fakes;

internal static class Messages
{
    public static Welcome AWelcome(params string[] abandonedIds) =>
        new()
        {
            SessionId = "s1",
            Namespace = "default",
            HeartbeatSeconds = 10,
            LeaseSeconds = 30,
            Resumed = [],
            Abandoned =
            [
                .. abandonedIds.Select(text =>
                    AttemptId.TryParse(text, out var id) ? id : throw new ArgumentException(text)
                ),
            ],
            Methods = [],
            MaxParamsBytes = 262_144,
            MaxResultBytes = 1024,
            ServerTime = DateTimeOffset.UnixEpoch,
        };

    public static AssignedAttempt AnAttempt(string method = "echo", string parameters = "{}", int token = 1)
    {
        var job = new JobId(Guid.CreateVersion7());
        return new AssignedAttempt
        {
            AttemptId = new AttemptId(job, token),
            JobId = job,
            Method = method,
            Params = RawJson.Parse(parameters),
            Attempt = 1,
            MaxAttempts = 3,
            FencingToken = token,
            LeaseSeconds = 30,
            TimeoutSeconds = 3600,
            EnqueuedAt = DateTimeOffset.UnixEpoch,
        };
    }
}
