using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Api.Users;

internal static class UserProblems
{
    public static ProblemAnswer NoSuchUser { get; } = new(404, ErrorCodes.NotFound, "There is no such user.");

    public static ProblemAnswer NoSuchRole { get; } = new(404, ErrorCodes.NotFound, "There is no such role.");

    public static ProblemAnswer NoSuchSession { get; } = new(404, ErrorCodes.NotFound, "There is no such session.");
}
