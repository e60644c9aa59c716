namespace ScheduleZero.HandlerAgent;

/// <summary>
/// Runs the attempts of one method that has no result. Register the class with
/// <see cref="AgentBuilder.AddHandler{THandler, TParams}"/>.
/// </summary>
/// <typeparam name="TParams">
/// What a job's params are read as, usually a record. A required member, or a non-nullable one, that a job does not
/// give fails the attempt before this code runs. <see cref="Contracts.RawJson"/> stands for any JSON, unread.
/// </typeparam>
/// <example>
/// <code>
/// public sealed record ArchiveParams(string Folder, int KeepDays = 30);
///
/// public sealed class Archive(IFileStore files) : IJobHandler&lt;ArchiveParams&gt;
/// {
///     public Task HandleAsync(ArchiveParams parameters, JobContext job) =>
///         files.ArchiveAsync(parameters.Folder, parameters.KeepDays, job.CancellationToken);
/// }
/// </code>
/// </example>
public interface IJobHandler<in TParams>
{
    /// <summary>
    /// Runs one attempt, on a thread of the pool. The attempt has succeeded when the returned task has ended. An
    /// instance serves one attempt, unless the application registered the class with another lifetime.
    /// </summary>
    /// <param name="parameters">The params of the job.</param>
    /// <param name="job">
    /// What is known of the attempt, and the way to report progress. Valid until the returned task has ended. Pass its
    /// <see cref="JobContext.CancellationToken"/> to whatever the code waits for.
    /// </param>
    /// <exception cref="JobFailedException">
    /// The attempt has failed with a code, and with a word on whether to try again. Any other exception is a failure
    /// that the job's retry policy may repeat.
    /// </exception>
    Task HandleAsync(TParams parameters, JobContext job);
}

/// <summary>
/// Runs the attempts of one method that has a result. Register the class with
/// <see cref="AgentBuilder.AddHandler{THandler, TParams, TResult}"/>.
/// </summary>
/// <typeparam name="TParams">As for <see cref="IJobHandler{TParams}"/>.</typeparam>
/// <typeparam name="TResult">
/// What is written as the job's result: at most 256 KiB of JSON, unless the Broker allows another size.
/// <see cref="Contracts.RawJson"/> is written as it is.
/// </typeparam>
public interface IJobHandler<in TParams, TResult>
{
    /// <summary>Runs one attempt, as <see cref="IJobHandler{TParams}.HandleAsync"/> does.</summary>
    /// <param name="parameters">The params of the job.</param>
    /// <param name="job">What is known of the attempt; valid until the returned task has ended.</param>
    /// <returns>The result of the job.</returns>
    /// <exception cref="JobFailedException">The attempt has failed, and the code says how.</exception>
    Task<TResult> HandleAsync(TParams parameters, JobContext job);
}
