using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>Tells refusals after which another try cannot help from those after which one may.</summary>
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
