using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>
/// The file into which a command writes how far it is: lines of the form <c>PERCENT [message]</c>, of which the last
/// whole one counts. The file is read through the handle that made it, so that a link which a command puts in its place
/// is not followed.
/// </summary>
internal sealed class ProgressFile : IDisposable
{
    private const int ReadBytesMax = 8 * 1024;

    private static readonly TimeSpan LookedAtEvery = TimeSpan.FromSeconds(0.5);

    private readonly JobContext _job;
    private readonly DirectoryInfo _folder;
    private readonly SafeFileHandle _handle;
    private string? _last;
    private bool _isMisread;

    /// <exception cref="IOException">The file cannot be made.</exception>
    public ProgressFile(JobContext job, CommandAccount? account)
    {
        _job = job;
        _folder = Directory.CreateTempSubdirectory("schedulezero-");
        Path = System.IO.Path.Combine(_folder.FullName, "progress");
        _handle = File.OpenHandle(
            Path,
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete
        );
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_handle, WholeFile.OwnerOnly);
        }

        account?.Give(Path);
        account?.Give(_folder.FullName);
    }

    public string Path { get; }

    /// <summary>Reports what the command writes, until the token ends it, and then once more.</summary>
    public async Task FollowAsync(CancellationToken ended)
    {
        using var timer = new PeriodicTimer(LookedAtEvery, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                ReportLastLine();
            }
        }
        catch (OperationCanceledException)
        {
            ReportLastLine();
        }
    }

    public void Dispose()
    {
        _handle.Dispose();
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _job.Log(
                LogLevel.Warning,
                $"The command's progress folder {_folder.FullName} cannot be removed: {e.Message}"
            );
        }
    }

    private void ReportLastLine()
    {
        if (LastLine() is not { } line || line == _last)
        {
            return;
        }

        _last = line;
        var words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        if (
            double.TryParse(words[0].TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out var percent)
            && double.IsFinite(percent)
        )
        {
            _job.ReportProgress(percent, words is [_, { Length: > 0 } message] ? message : null);
        }
        else if (!_isMisread)
        {
            _isMisread = true;
            _job.Log(
                LogLevel.Warning,
                "The command wrote a line into SCHEDULEZERO_PROGRESS_FILE that is not \"PERCENT [message]\", "
                    + "such as \"40 copying\"."
            );
        }
    }

    private string? LastLine()
    {
        var buffer = new byte[ReadBytesMax];
        var length = RandomAccess.Read(_handle, buffer, Math.Max(0, RandomAccess.GetLength(_handle) - ReadBytesMax));
        var whole = buffer.AsSpan(0, length);
        var end = whole.LastIndexOf((byte)'\n');
        if (end < 0)
        {
            return null;
        }

        var line = whole[(whole[..end].LastIndexOf((byte)'\n') + 1)..end];
        return Encoding.UTF8.GetString(line).Trim();
    }
}
