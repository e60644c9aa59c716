using System.Globalization;
using Microsoft.AspNetCore.Components;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.OneJob;

// What can be done with one job; the other half says how it looks.
public sealed partial class JobActs
{
    private bool _isActing;
    private bool _asksCancel;
    private bool _asksChange;
    private bool _asksPriority;
    private string _priority = "";
    private string? _priorityError;

    [Parameter, EditorRequired]
    public JobView Job { get; set; } = null!;

    /// <summary>Called when the job was changed.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    /// <summary>Called with the new job when the job was replayed.</summary>
    [Parameter]
    public EventCallback<JobId> Replayed { get; set; }

    private ScheduleZeroClient Client => Session.Client(Job.Namespace);

    private Task RetryAsync() =>
        ActAsync(async () =>
        {
            await Client.Jobs.RetryAsync(Job.Id);
            Toasts.Say("The job runs as soon as a handler has room.");
        });

    private Task CancelAsync() =>
        ActAsync(async () =>
        {
            _asksCancel = false;
            var job = await Client.Jobs.CancelAsync(Job.Id);
            Toasts.Say(StateText.IsFinal(job.State) ? "The job is cancelled." : "The attempt is asked to stop.");
        });

    private Task ReplayAsync() =>
        ActAsync(async () =>
        {
            var made = await Client.Jobs.ReplayAsync(Job.Id);
            Toasts.Say("Replayed: this is the new job.");
            await Replayed.InvokeAsync(made.Id);
        });

    private async Task SayChangedAsync()
    {
        _asksChange = false;
        Toasts.Say("The job is changed.");
        await Changed.InvokeAsync();
    }

    private void AskPriority() =>
        (_asksPriority, _priority, _priorityError) = (true, Job.Priority.ToString(CultureInfo.InvariantCulture), null);

    private async Task PrioritiseAsync()
    {
        if (!int.TryParse(_priority.Replace('−', '-'), CultureInfo.InvariantCulture, out var priority))
        {
            _priorityError = "Write a whole number.";
            return;
        }

        try
        {
            await Client.Jobs.PrioritiseAsync(Job.Id, priority);
            _asksPriority = false;
            Toasts.Say($"The priority is {priority}.");
            await Changed.InvokeAsync();
        }
        catch (ScheduleZeroException e)
        {
            _priorityError = ProblemText.Of(e);
        }
    }

    private async Task ActAsync(Func<Task> act)
    {
        _isActing = true;
        try
        {
            await act();
        }
        catch (ScheduleZeroException e)
        {
            Toasts.Say(ProblemText.Of(e), Tone.Bad);
        }
        finally
        {
            _isActing = false;
        }

        await Changed.InvokeAsync();
    }
}
