namespace ScheduleZero.Sealing;

/// <summary>
/// The room in which bodies are opened, one after the other: what was opened is good until the next one. Used by one
/// thread at a time.
/// </summary>
internal sealed class SealScratch
{
    /// <summary>The largest room that stays for the next body.</summary>
    private const int HeldMax = 128 * 1024;

    private byte[] _held = [];

    public Memory<byte> Take(int length)
    {
        if (length > HeldMax)
        {
            return new byte[length];
        }

        if (_held.Length < length)
        {
            _held = GC.AllocateUninitializedArray<byte>(Math.Min(HeldMax, Math.Max(4096, length * 2)));
        }

        return _held.AsMemory(0, length);
    }
}
