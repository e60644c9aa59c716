using System.Net;

namespace ScheduleZero.Dashboard.InProcess;

/// <summary>Who a page acts for.</summary>
internal interface IPageCaller
{
    /// <summary>The address of the browser.</summary>
    IPAddress? Address { get; }

    /// <summary>The name that the browser gives itself; null for none.</summary>
    string? UserAgent { get; }

    /// <summary>
    /// The access token of the user session, renewed before it ends; null for nobody, and once the session has ended.
    /// </summary>
    string? AccessToken { get; }
}
