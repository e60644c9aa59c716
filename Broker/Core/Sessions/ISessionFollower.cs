namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>A part of Core, on a floor above, whose state follows the sessions.</summary>
internal interface ISessionFollower
{
    /// <summary>Called when a Hello has been answered with a Welcome.</summary>
    void Welcomed(Session session, Decision decision);

    /// <summary>Called at each heartbeat of a session.</summary>
    void Heard(Session session, Decision decision);

    /// <summary>
    /// Called when a session has lost its connection or has ended, and before another Hello changes what the session
    /// offers. The method may be called twice for one loss.
    /// </summary>
    void Left(Session session, Decision decision);
}
