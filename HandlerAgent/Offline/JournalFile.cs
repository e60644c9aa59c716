using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>The file of a journal on its disk.</summary>
internal class JournalFile : IDisposable
{
    private readonly FileStream _file;

    /// <summary>Opens the file, or makes it; a new file is on the disk when the constructor returns.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
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

    /// <summary>Writes bytes at a position, which are on the disk when the method returns.</summary>
    public virtual void Write(long position, ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file.SafeFileHandle, bytes, position);
        RandomAccess.FlushToDisk(_file.SafeFileHandle);
    }

    /// <summary>
    /// Shortens the file to a length. The new length reaches the disk with the next write; until then a power cut may
    /// bring back the bytes that were cut off, which does no harm.
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
