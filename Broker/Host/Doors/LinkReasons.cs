using ScheduleZero.Contracts.Rest;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Broker.Host.Doors;

/// <summary>Sorts what goes wrong with ZeroMQ connections by what an operator would do about it.</summary>
internal static class LinkReasons
{
    public static LinkErrorReason Of(ZmtpFailure failure) =>
        failure switch
        {
            ZmtpFailure.Unreachable or ZmtpFailure.UnknownHost => LinkErrorReason.Unreachable,
            ZmtpFailure.ConnectionRefused => LinkErrorReason.Refused,
            ZmtpFailure.WrongServerKey => LinkErrorReason.WrongServerKey,
            ZmtpFailure.KeyNotAllowed => LinkErrorReason.KeyNotAllowed,
            ZmtpFailure.PlaintextPeer => LinkErrorReason.PlaintextPeer,
            _ => LinkErrorReason.Other,
        };
}
