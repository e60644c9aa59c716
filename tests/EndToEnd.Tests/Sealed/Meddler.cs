using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.EndToEnd.Tests.Sealed;

/// <summary>Meddles once with a message of one kind and direction, and passes on all others.</summary>
/// <param name="up">Whether the message goes to the Broker.</param>
/// <param name="how">What happens to the message: <c>alter</c>, <c>drop</c>, <c>repeat</c>, <c>swap</c> with the next
/// one, or <c>strip</c>, which puts one that is not sealed in its place.</param>
internal sealed class Meddler(bool up, MessageKind kind, string how)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    /// <summary>
    /// The message that was held back; null before. Guarded by the gate, as messages come on two threads.
    /// </summary>
    private Carried? _held;

    /// <summary>Ends when the other side has been sent what shows the meddling.</summary>
    public Task HasMeddled => _done.Task;

    public IEnumerable<Carried> Pass(Carried carried)
    {
        lock (_gate)
        {
            if (carried.IsFromHandler != up || _done.Task.IsCompleted || (_held is null && carried.Kind != kind))
            {
                return [carried];
            }

            if (_held is { } before)
            {
                _done.SetResult();
                return how == "swap" ? [carried, before] : [carried];
            }

            if (how is "drop" or "swap")
            {
                _held = carried;
                return [];
            }

            _done.SetResult();
            return how switch
            {
                "alter" => [carried.Altered()],
                "repeat" => [carried, carried],
                _ => [carried with { Body = up ? "{\"events\":[]}"u8.ToArray() : "{\"attempts\":[]}"u8.ToArray() }],
            };
        }
    }
}
