namespace ScheduleZero.Zmtp.Wire;

/// <summary>
/// The bytes that large messages may take, of all connections together, while they are on their way in. Safe from any
/// thread.
/// </summary>
internal sealed class ByteBudget(long bytesMax)
{
    private long _taken;

    /// <exception cref="ZmtpException">The budget is used up. Nothing was taken.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) > bytesMax)
        {
            Release(bytes);
            throw new ZmtpException(
                ZmtpFailure.TooLarge,
                $"Messages on their way in take {bytesMax} bytes already; there is no room for another large one."
            );
        }
    }

    public void Release(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
