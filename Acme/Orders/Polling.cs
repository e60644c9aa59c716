namespace ScheduleZero.Acme.Orders;

/// <summary>Asks the CA again and again, with growing pauses, until an order's time is over.</summary>
internal sealed class Polling(TimeSpan timeout, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(15);

    private readonly long _start = time.GetTimestamp();

    /// <summary>Asks until there is an answer. Failures that may pass are tried again too.</summary>
    /// <param name="what">What is waited for, for the exception's message.</param>
    /// <param name="ask">Returns null while there is no answer yet, and how long the CA asks to wait.</param>
    /// <exception cref="AcmeException">The CA refuses, or the order's time is over.</exception>
    public async Task<T> UntilAsync<T>(
        string what,
        Func<CancellationToken, Task<(T? Found, TimeSpan? RetryAfter)>> ask,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var pause = FirstPause;
        while (true)
        {
            TimeSpan? asked;
            AcmeException? failure = null;
            try
            {
                (var found, asked) = await ask(cancellationToken);
                if (found is not null)
                {
                    return found;
                }
            }
            catch (AcmeException e) when (e.IsPassing)
            {
                (failure, asked) = (e, e.RetryAfter);
            }

            // At least a second, also when a CA asks for none: its answer is not there yet.
            var wait = asked > FirstPause ? asked.Value : pause;
            if (time.GetElapsedTime(_start) + wait > timeout)
            {
                throw new AcmeException(
                    $"{what} was not there within {timeout.TotalSeconds} s. {failure?.Message}".TrimEnd(),
                    failure
                )
                {
                    RetryAfter = asked,
                };
            }

            await Task.Delay(wait, time, cancellationToken);
            pause = pause * 1.5 < PauseMax ? pause * 1.5 : PauseMax;
        }
    }
}
