using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.HandlerAgent.Connection.ZeroMq;

/// <summary>Says what to do about a connection that failed, in words for the log of the agent.</summary>
internal static class DialAdvice
{
    /// <param name="hasKeyFile">Whether the agent's own key is in a file, so that a server can know it.</param>
    /// <returns>A sentence or two; empty when there is no advice.</returns>
    public static string For(ZmtpFailure failure, ZmtpSecurity security, bool hasKeyFile) =>
        failure switch
        {
            ZmtpFailure.ConnectionRefused => "Check the address, and that the Broker runs.",
            ZmtpFailure.UnknownHost => "Check the address, and the name servers of this machine.",
            ZmtpFailure.Unreachable => "Check the address, and the firewalls on the way.",
            ZmtpFailure.Closed => "The log of the Broker may say why.",
            ZmtpFailure.Silent or ZmtpFailure.NotZmtp or ZmtpFailure.OldVersion or ZmtpFailure.OtherSocketType =>
                "Check that the address is that of a Broker's ROUTER.",
            ZmtpFailure.PlaintextPeer => "Nothing was said to it. If the address is right, start the server with "
                + "--curve-key.",
            ZmtpFailure.OtherMechanism when security is ZmtpSecurity.Plaintext =>
                "It most likely wants CURVE: name its public key in CurveServerKeys.",
            ZmtpFailure.WrongServerKey => "Nothing was said to it. If the address is right, name the key that the "
                + "server has now in CurveServerKeys.",
            ZmtpFailure.KeyNotAllowed when hasKeyFile && security is ZmtpSecurity.CurveClient client =>
                $"Add {client.Key.Public} to the server's list of keys (--curve-allow).",
            ZmtpFailure.KeyNotAllowed => "This agent made its key in memory. Make a lasting one with 'schedulezero "
                + "curve create', name its file in CurveKeyFile, and add its public key to the server's list of keys "
                + "(--curve-allow).",
            _ => "",
        };
}
