using Microsoft.Win32.SafeHandles;

namespace ScheduleZero.Broker.Storage.LiteDb.Files;

/// <summary>A real file, which only its owner may read.</summary>
internal sealed class DiskFile : IDurableFile
{
    private readonly SafeFileHandle _handle;

    private DiskFile(SafeFileHandle handle) => _handle = handle;

    public long Length => RandomAccess.GetLength(_handle);

    public static DiskFile Open(string path) => new(OpenHandle(path, FileShare.Read));

    internal static SafeFileHandle OpenHandle(string path, FileShare share)
    {
        var isNew = !File.Exists(path);
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
        if (isNew && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return handle;
    }

    public int Read(long position, Span<byte> buffer)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var count = RandomAccess.Read(_handle, buffer[total..], position + total);
            if (count == 0)
            {
                break;
            }

            total += count;
        }

        return total;
    }

    public void Write(long position, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_handle, bytes, position);

    public void SetLength(long length) => RandomAccess.SetLength(_handle, length);

    public void Sync() => Posix.Sync(_handle);

    public void Dispose() => _handle.Dispose();
}
