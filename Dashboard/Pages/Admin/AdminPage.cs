using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Live;

namespace ScheduleZero.Dashboard.Pages.Admin;

/// <summary>
/// A page for admins. The page reads again after each act, and now and then; broker events tell of jobs and handlers,
/// so the page does not follow them.
/// </summary>
public abstract class AdminPage : ActingPage
{
    /// <inheritdoc/>
    protected override bool Concerns(BrokerEvent happened) => false;

    /// <summary>The address of a tab, or of a page below one.</summary>
    protected string PathOf(string tab, string? name = null) =>
        AdminTabs.PathOf(Namespace, tab) + (name is null ? "" : $"/{Uri.EscapeDataString(name)}");
}
