namespace ScheduleZero.Testing.Time;

/// <summary>The clock that is given to code on real threads. The clock notices which code waits for it.</summary>
/// <param name="run">Runs an action of a timer on the driver's thread, while the machine lives.</param>
internal sealed class CodeClock(Agenda agenda, Action<Action> run, DateTimeOffset start)
    : MachineClock(agenda, run, start)
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (SynchronizationContext.Current is OneThread)
        {
            return base.CreateTimer(callback, state, dueTime, period); // The timer is the agent's own.
        }

        if (RunningCode.Current is not { } code)
        {
            return base.CreateTimer(
                _ => ThreadPool.UnsafeQueueUserWorkItem(_ => callback(state), null),
                null,
                dueTime,
                period
            ); // The timer belongs to the test, or to nobody.
        }

        var timer = new CodeTimer(code, callback, state);
        timer.Begin(
            fire => base.CreateTimer(fire, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan),
            dueTime,
            period
        );
        return timer;
    }

    private sealed class CodeTimer(RunningCode code, TimerCallback callback, object? state) : ITimer
    {
        private readonly Lock _gate = new();
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private readonly bool _isLimit = !IsPause(state);
        private ITimer _timer = null!;
        private TimeSpan _period;
        private bool _isSet;

        public void Begin(Func<TimerCallback, ITimer> make, TimeSpan dueTime, TimeSpan period)
        {
            _timer = make(_ => Fire());
            Change(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_gate)
            {
                _period = period;
                // The timer is set before it is counted: once the code seems to wait, time may pass.
                _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
                Set(dueTime != Timeout.InfiniteTimeSpan);
                return true;
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                Set(false);
                _timer.Dispose();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        // Whether the timer's owner waits for it. Task.Delay and PeriodicTimer exist to be waited for. Their timers
        // carry a promise without a value, and a part of PeriodicTimer; a time limit carries its
        // CancellationTokenSource, or (WaitAsync) a promise with a value.
        private static bool IsPause(object? state) =>
            state is Task && !state.GetType().IsGenericType || state?.GetType().DeclaringType == typeof(PeriodicTimer);

        private void Fire()
        {
            lock (_gate)
            {
                if (!_isSet)
                {
                    return;
                }

                // The step comes first, then the timer: between the two the code must not seem to wait for nothing.
                code.GoOn(Call);
                if (_period > TimeSpan.Zero)
                {
                    _timer.Change(_period, Timeout.InfiniteTimeSpan);
                }
                else
                {
                    Set(false);
                }
            }
        }

        private void Call()
        {
            if (_context is null)
            {
                callback(state);
            }
            else
            {
                ExecutionContext.Run(_context, _ => callback(state), null);
            }
        }

        private void Set(bool isSet)
        {
            if (isSet != _isSet)
            {
                _isSet = isSet;
                code.Count(isSet ? 1 : -1, _isLimit);
            }
        }
    }
}
