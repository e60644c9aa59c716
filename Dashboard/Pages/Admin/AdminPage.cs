using Microsoft.AspNetCore.Components;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Live;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin;

/// <summary>
/// A page for admins. The page reads again after each act, and now and then; broker events tell of jobs and handlers,
/// so the page does not follow them.
/// </summary>
public abstract class AdminPage : LivePage
{
    [Inject]
    internal NavigationManager Navigation { get; set; } = null!;

    [Inject]
    internal Toasts Toasts { get; set; } = null!;

    /// <summary>Whether an act is under way, so that no second one begins.</summary>
    protected bool IsActing { get; private set; }

    /// <summary>What REST said against the last form; nothing after an act that was done.</summary>
    protected FieldErrors Errors { get; private set; } = FieldErrors.None;

    /// <inheritdoc/>
    protected override bool Concerns(BrokerEvent happened) => false;

    /// <summary>The address of a tab, or of a page below one.</summary>
    protected string PathOf(string tab, string? name = null) =>
        AdminTabs.PathOf(Namespace, tab) + (name is null ? "" : $"/{Uri.EscapeDataString(name)}");

    /// <summary>
    /// Acts, and reads the page again. A refusal is shown beside the field that it is about, or else as a note.
    /// </summary>
    /// <param name="said">What to say when the act was done; null to say nothing.</param>
    /// <returns>Whether the act was done.</returns>
    protected async Task<bool> ActAsync(Func<Task> act, string? said = null)
    {
        IsActing = true;
        try
        {
            await act();
            Errors = FieldErrors.None;
        }
        catch (ScheduleZeroException e)
        {
            Errors = FieldErrors.Of(e);
            if (!Errors.HasFields)
            {
                Toasts.Say(ProblemText.Of(e), Tone.Bad);
            }

            return false;
        }
        finally
        {
            IsActing = false;
        }

        if (said is not null)
        {
            Toasts.Say(said);
        }

        await ReadNowAsync();
        return true;
    }

    /// <summary>Forgets what REST said, when a form is opened or closed.</summary>
    protected void ClearErrors() => Errors = FieldErrors.None;
}
