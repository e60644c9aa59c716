namespace ScheduleZero.Storage.Tests;

/// <summary>A folder for one test, deleted afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sz-storage-").FullName;

    public void Empty()
    {
        foreach (var file in Directory.GetFiles(Path))
        {
            File.Delete(file);
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
