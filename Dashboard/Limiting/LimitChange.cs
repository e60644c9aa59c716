using System.Net;
using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Limiting;

/// <summary>
/// Changes the limits of one method or handler, and nothing else of the namespace. The limits lie in the namespace,
/// whose version moves with each change there: a change of something else meanwhile is taken over, and one of the same
/// limits is not overwritten.
/// </summary>
internal static class LimitChange
{
    /// <summary>How often the change is tried while others change the namespace.</summary>
    private const int TriesMax = 3;

    /// <summary>Saves other limits.</summary>
    /// <param name="seen">The limits from which somebody began to change them; null for none.</param>
    /// <param name="wanted">The new limits; null for none.</param>
    /// <returns>False, and nothing is changed, when somebody else has changed the same limits meanwhile.</returns>
    /// <exception cref="ScheduleZeroException">REST refused the change.</exception>
    public static async Task<bool> SaveAsync(
        NamespacesClient namespaces,
        LimitSubject subject,
        WorkLimits? seen,
        WorkLimits? wanted,
        CancellationToken cancellationToken
    )
    {
        for (var tries = 1; ; tries++)
        {
            var now = await namespaces.GetAsync(subject.Namespace, cancellationToken);
            if (subject.Of(now.Limits) != seen)
            {
                return false;
            }

            try
            {
                var patch = new NamespacePatch { Limits = subject.With(now.Limits, wanted) };
                await namespaces.PatchAsync(subject.Namespace, patch, now.Version, cancellationToken);
                return true;
            }
            catch (ScheduleZeroException e) when (e.Status == HttpStatusCode.PreconditionFailed && tries < TriesMax)
            {
                // Something in the namespace has changed since it was read: it is read again.
            }
        }
    }
}
