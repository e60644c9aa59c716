using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>The bytes of a journal on its disk.</summary>
internal class JournalFile : IDisposable
{
    private readonly FileStream _file;

    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public JournalFile(string path)
    {
        var isNew = !File.Exists(path);
        _file = new FileStream(
            path,
            WholeFile.Options(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete)
        );
        if (isNew)
        {
            Folders.FlushToDisk(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
    }

    public long Length => RandomAccess.GetLength(_file.SafeFileHandle);

    public int Read(long position, Span<byte> into) => RandomAccess.Read(_file.SafeFileHandle, into, position);

    /// <summary>Puts bytes at the end; on the disk when it returns.</summary>
    public virtual void Write(long position, ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file.SafeFileHandle, bytes, position);
        RandomAccess.FlushToDisk(_file.SafeFileHandle);
    }

    /// <summary>
    /// Cuts off what follows. On the disk with the next write, and nothing is wrong if it never gets there: what comes
    /// back is what was there.
    /// </summary>
    public void Cut(long length) => RandomAccess.SetLength(_file.SafeFileHandle, length);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }
    }
}
