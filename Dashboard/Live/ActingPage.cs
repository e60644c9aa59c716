using Microsoft.AspNetCore.Components;
using ScheduleZero.Client;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Live;

/// <summary>A page with acts and forms. The page reads again after each act.</summary>
public abstract class ActingPage : LivePage
{
    [Inject]
    internal NavigationManager Navigation { get; set; } = null!;

    [Inject]
    internal Toasts Toasts { get; set; } = null!;

    /// <summary>Whether an act is under way, so that no second one begins.</summary>
    protected bool IsActing { get; private set; }

    /// <summary>
    /// What is wrong with the form: what the page has found, or what REST said. Nothing after an act that was done.
    /// </summary>
    protected FieldErrors Errors { get; set; } = FieldErrors.None;

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
