using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>The filters of a search, held against a job in memory.</summary>
internal static class JobMatch
{
    /// <summary>Whether every filter holds but the namespace, the state and the place in a list.</summary>
    public static bool Fits(Job job, JobSearch search) =>
        search.HasMethod(job.Spec.Method)
        && (search.Group is null || search.Group == job.Spec.Group)
        && (search.Schedule is null || search.Schedule == job.Occurrence?.Schedule)
        && (search.Batch is null || search.Batch == job.Batch)
        && (search.Tag is null || job.Spec.Tags?.Contains(search.Tag) == true)
        && (search.From is null || job.EnqueuedAt >= search.From)
        && (search.To is null || job.EnqueuedAt < search.To)
        && (search.Handler is null || search.Handler == job.Spec.Handler || JobViews.AttemptsOf(job).Any(attempt => attempt.Handler == search.Handler))
        && (search.Text is null || HasText(job, search.Text));

    private static bool HasText(Job job, string text) =>
        job.Id.ToString().Contains(text, StringComparison.OrdinalIgnoreCase)
        || job.Spec.Method.Contains(text, StringComparison.OrdinalIgnoreCase)
        || (job.Spec.Tags?.Any(tag => tag.Contains(text, StringComparison.OrdinalIgnoreCase)) ?? false)
        || (job.Error?.Message.Contains(text, StringComparison.OrdinalIgnoreCase) ?? false);
}
