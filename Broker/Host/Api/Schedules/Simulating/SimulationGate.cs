namespace ScheduleZero.Broker.Host.Api.Schedules.Simulating;

/// <summary>
/// Limits how many simulations run at once: one of each caller, and few in all, so that the Broker has processors left.
/// </summary>
internal sealed class SimulationGate
{
    private readonly Lock _gate = new();
    private readonly HashSet<object> _callers = [];
    private readonly int _max = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>
    /// Occupies a place. Null when a simulation of the caller runs already, or too many do; disposing gives the place
    /// back.
    /// </summary>
    public IDisposable? TryEnter(object caller)
    {
        lock (_gate)
        {
            return _callers.Count < _max && _callers.Add(caller) ? new Place(this, caller) : null;
        }
    }

    private sealed class Place(SimulationGate gate, object caller) : IDisposable
    {
        public void Dispose()
        {
            lock (gate._gate)
            {
                gate._callers.Remove(caller);
            }
        }
    }
}
