using System.Globalization;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Tenants;

/// <summary>The limits of a namespace as somebody types them; an empty field means no limit.</summary>
public sealed class LimitFields
{
    private const double GiB = 1024.0 * 1024 * 1024;

    // The limits of single methods and handlers, which these fields do not show, stay as they are.
    private readonly NamespaceLimits _whole;

    private LimitFields(NamespaceLimits whole) => _whole = whole;

    public string WaitingJobs { get; set; } = "";

    public string RunningJobs { get; set; } = "";

    public string Schedules { get; set; } = "";

    public string Handlers { get; set; } = "";

    /// <summary>The room on disk in GiB, which may have a fraction.</summary>
    public string StoredGib { get; set; } = "";

    public string RequestsPerMinute { get; set; } = "";

    public static LimitFields Of(NamespaceLimits limits) =>
        new(limits)
        {
            WaitingJobs = WholeNumber.Of(limits.WaitingJobs),
            RunningJobs = WholeNumber.Of(limits.RunningJobs),
            Schedules = WholeNumber.Of(limits.Schedules),
            Handlers = WholeNumber.Of(limits.Handlers),
            StoredGib = limits.StoredBytes is { } bytes
                ? (bytes / GiB).ToString("0.#########", CultureInfo.InvariantCulture)
                : "",
            RequestsPerMinute = WholeNumber.Of(limits.RequestsPerMinute),
        };

    /// <summary>The limits that the fields say.</summary>
    /// <param name="problem">The field that holds no number, with what is wrong; null when all are good.</param>
    public NamespaceLimits ToLimits(out (string Field, string Words)? problem)
    {
        (string Field, string Words)? found = null;
        var limits = _whole with
        {
            WaitingJobs = Whole("waitingJobs", WaitingJobs),
            RunningJobs = Whole("runningJobs", RunningJobs),
            Schedules = Whole("schedules", Schedules),
            Handlers = Whole("handlers", Handlers),
            StoredBytes = Bytes(),
            RequestsPerMinute = Whole("requestsPerMinute", RequestsPerMinute),
        };
        problem = found;
        return limits;

        int? Whole(string field, string text)
        {
            if (!WholeNumber.TryParse(text, out int? number))
            {
                found ??= (field, "A whole number is needed.");
            }

            return number;
        }

        long? Bytes()
        {
            if (string.IsNullOrWhiteSpace(StoredGib))
            {
                return null;
            }

            if (
                double.TryParse(StoredGib, NumberStyles.Float, CultureInfo.InvariantCulture, out var gib)
                && gib is > 0 and < 1_000_000
            )
            {
                // A field that nobody has changed says the bytes that it was made of.
                return StoredGib == Of(_whole).StoredGib ? _whole.StoredBytes : (long)Math.Ceiling(gib * GiB);
            }

            found ??= ("storedBytes", "A number of GiB is needed, such as 10 or 0.5.");
            return null;
        }
    }
}
