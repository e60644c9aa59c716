using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>Which refusals are the last word.</summary>
internal static class Refusals
{
    public static RefusedException Of(Refused refused) =>
        new(refused.Code, refused.Detail, refused.Code is not (ErrorCodes.Unavailable or ErrorCodes.RateLimited));

    public static RefusedException Of(Close close) =>
        new(
            close.Code,
            close.Reason,
            close.Code
                is ErrorCodes.Revoked
                    or ErrorCodes.Forbidden
                    or ErrorCodes.UnsupportedProtocol
                    or ErrorCodes.Superseded
        );
}
