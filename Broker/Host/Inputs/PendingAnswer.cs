using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Inputs;

/// <summary>The ticket of a caller in this process, who awaits the answer as a task.</summary>
internal sealed class PendingAnswer : Ticket
{
    private readonly TaskCompletionSource<Answer> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A task that ends with the answer, or with the reason why none will come.</summary>
    public Task<Answer> Task => _source.Task;

    public override void Complete(Answer answer) => _source.TrySetResult(answer);

    public override void Fail(Exception reason) => _source.TrySetException(reason);
}
