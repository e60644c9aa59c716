using Json.Schema;

namespace ScheduleZero.Broker.Host.Schemas;

/// <summary>
/// How much one request may have looked at. The library carries its options through a whole evaluation, so that what is
/// left can ride on them; a request with many jobs has one budget for all.
/// </summary>
/// <param name="time">Counts what the thread that asks has computed; see <see cref="ThreadTime"/>.</param>
internal sealed class StepBudget(TimeProvider time) : EvaluationOptions
{
    /// <summary>About a second of one core, mostly.</summary>
    public const int StepsMax = 1_000_000;

    /// <summary>
    /// For steps that cost more than others: a pattern may have a thousand states for each character.
    /// </summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(2);

    /// <summary>Subschemas within one another, references followed: what a thread's stack bears.</summary>
    public const int DepthMax = 256;

    private long _left = StepsMax;
    private TimeSpan _spent;
    private long _mark = time.GetTimestamp();
    private int _thread = Environment.CurrentManagedThreadId;

    /// <summary>A whole budget, for all that one request has checked.</summary>
    public static StepBudget ForRequest() => new(ThreadTime.Instance);

    /// <exception cref="OutOfStepsException">Nothing is left, or the evaluation goes too deep.</exception>
    public void Spend(long steps, int depth)
    {
        _left -= steps;
        CountTime();
        if (_left < 0 || depth > DepthMax || _spent > TimeMax)
        {
            _left = Math.Max(_left, 0);
            throw new OutOfStepsException();
        }
    }

    // Between two evaluations the request may go on on another thread, whose time says nothing about the first one's.
    private void CountTime()
    {
        var now = time.GetTimestamp();
        if (_thread == Environment.CurrentManagedThreadId)
        {
            _spent += time.GetElapsedTime(_mark, now);
        }

        (_mark, _thread) = (now, Environment.CurrentManagedThreadId);
    }
}

/// <summary>
/// Ends an evaluation from within the library, which knows no other way; caught where the evaluation began.
/// </summary>
internal sealed class OutOfStepsException() : Exception("The evaluation takes too many steps.");
