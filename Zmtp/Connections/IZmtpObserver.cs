using System.Net;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Connections;

/// <summary>Is told what happens at a listener or dialler, for logs and meters. Called from any thread.</summary>
internal interface IZmtpObserver
{
    /// <summary>A handshake failed, or was refused before it began.</summary>
    /// <param name="remote">The address of the peer; null when this side dialled and was not connected.</param>
    void Refused(IPEndPoint? remote, ZmtpException reason);

    /// <summary>A connection that had been admitted has ended.</summary>
    void Ended(IPEndPoint remote, ZmtpException reason);

    /// <summary>Whoever served a connection threw what is no <see cref="ZmtpException"/>: a bug. The connection has
    /// ended.
    /// </summary>
    void Failed(IPEndPoint remote, Exception reason);

    /// <summary>A dialler dials again after a wait.</summary>
    void WillDial(TimeSpan wait) { }

    /// <summary>The system gave no connection, most often since the process has no file descriptors left.</summary>
    void AcceptFailed(Exception reason);
}
