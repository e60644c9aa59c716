using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Live;

/// <summary>Short notes about what somebody has just done, for one open page.</summary>
internal sealed class Toasts
{
    private const int ShownMax = 4;

    private readonly List<Toast> _shown = [];
    private int _number;

    public IReadOnlyList<Toast> Shown => _shown;

    /// <summary>Called on the thread of the page when a note comes or goes.</summary>
    public event Action? Changed;

    public void Say(string words, Tone tone = Tone.Ok)
    {
        _shown.Add(new Toast(++_number, words, tone));
        if (_shown.Count > ShownMax)
        {
            _shown.RemoveAt(0);
        }

        Changed?.Invoke();
    }

    public void Remove(Toast toast)
    {
        if (_shown.Remove(toast))
        {
            Changed?.Invoke();
        }
    }
}

/// <summary>One note.</summary>
internal sealed record Toast(int Number, string Words, Tone Tone);
