namespace ScheduleZero.Dashboard.InProcess;

/// <summary>
/// Marks a request to REST that a page of this process makes, as a feature of the request. No request from the network
/// can carry it.
/// </summary>
public sealed class DashboardRequest
{
    private DashboardRequest() { }

    internal static DashboardRequest Instance { get; } = new();
}
