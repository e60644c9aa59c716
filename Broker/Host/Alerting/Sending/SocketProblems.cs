using System.Net.Sockets;

namespace ScheduleZero.Broker.Host.Alerting.Sending;

/// <summary>Says why a host could not be reached.</summary>
internal static class SocketProblems
{
    public static string Of(string host, SocketException failure) =>
        failure.SocketErrorCode switch
        {
            SocketError.HostNotFound or SocketError.NoData => $"The name {host} is not known.",
            SocketError.TryAgain or SocketError.NoRecovery => $"The name {host} cannot be looked up now.",
            SocketError.ConnectionRefused => $"{host} refuses the connection.",
            SocketError.TimedOut => $"{host} does not answer.",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown =>
                $"No way leads to {host}.",
            _ => $"The connection to {host} ended ({failure.SocketErrorCode}).",
        };
}
