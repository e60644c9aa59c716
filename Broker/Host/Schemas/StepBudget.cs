using Json.Schema;

namespace ScheduleZero.Broker.Host.Schemas;

/// <summary>
/// Bounds the steps and the time that checks of one request may take. A request with many jobs has one budget for all.
/// Most requests check nothing, so a budget costs next to nothing until the first check.
/// </summary>
/// <param name="time">Measures the processor time of the calling thread; see <see cref="ThreadTime"/>.</param>
internal sealed class StepBudget(TimeProvider time)
{
    /// <summary>How many steps one request may take, which mostly need about a second of one core.</summary>
    public const int StepsMax = 1_000_000;

    /// <summary>
    /// How much processor time one request may take. The limit bounds steps that cost more than others, such as
    /// patterns with many states.
    /// </summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(2);

    /// <summary>How many subschemas within one another, with references followed, fit on a thread's stack.</summary>
    public const int DepthMax = 256;

    /// <summary>The number of steps that are left.</summary>
    private long _left = StepsMax;

    /// <summary>The processor time that was spent.</summary>
    private TimeSpan _spent;

    /// <summary>The options of the library that carry this budget; null before the first check.</summary>
    private CountedEvaluation? _evaluation;

    /// <summary>Up to when the time of the thread was counted, as a timestamp of the clock.</summary>
    private long _mark;

    /// <summary>The thread whose time the mark belongs to, by its managed id; 0 before the first check.</summary>
    private int _thread;

    /// <summary>Whether nothing is left, so that whatever is checked next is refused.</summary>
    public bool IsSpent => _left <= 0 || _spent > TimeMax;

    /// <summary>Makes a budget for everything that one request has checked.</summary>
    public static StepBudget ForRequest() => new(ThreadTime.Instance);

    /// <summary>Begins a check: what the thread computes from now on counts.</summary>
    /// <returns>The library's options, by which its keywords find this budget again.</returns>
    public CountedEvaluation Begin()
    {
        (_mark, _thread) = (time.GetTimestamp(), Environment.CurrentManagedThreadId);
        return _evaluation ??= new CountedEvaluation(this);
    }

    /// <summary>Spends steps of the budget.</summary>
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

    // Between two evaluations the request may move to another thread, whose clock cannot be compared with the first
    // one's.
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
/// Options of the schema library that carry a budget, since the library passes its options through a whole evaluation.
/// </summary>
internal sealed class CountedEvaluation(StepBudget budget) : EvaluationOptions
{
    public StepBudget Budget => budget;
}

/// <summary>
/// Thrown to end an evaluation from within the library, which offers no other way. Caught where the evaluation began.
/// </summary>
internal sealed class OutOfStepsException() : Exception("The evaluation takes too many steps.");
