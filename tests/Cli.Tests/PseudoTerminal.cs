using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ScheduleZero.Cli.Tests;

/// <summary>
/// A pseudo-terminal of the kernel with a given width: text that is written to one end is read at the other. Linux
/// only.
/// </summary>
internal sealed class PseudoTerminal : IAsyncDisposable
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const nuint SetWindowSize = 0x5414;
    private const nuint GetWindowSize = 0x5413;

    private readonly SafeFileHandle _master;
    private readonly SafeFileHandle _slave;
    private readonly Task<string> _read;

    private PseudoTerminal(SafeFileHandle master, SafeFileHandle slave, string path)
    {
        (_master, _slave, Path) = (master, slave, path);
        Output = new StreamWriter(new FileStream(slave, FileAccess.Write, bufferSize: 0), new UTF8Encoding(false))
        {
            AutoFlush = true,
        };
        _read = Task.Factory.StartNew(
            ReadAll,
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    /// <summary>The end that programs write to.</summary>
    public StreamWriter Output { get; }

    /// <summary>The terminal's path in the file system, for programs that are started.</summary>
    public string Path { get; }

    /// <summary>The columns of a line, as a program on the terminal would read them from the kernel.</summary>
    public int Width
    {
        get
        {
            var size = default(Size);
            return Control(_slave.DangerousGetHandle().ToInt32(), GetWindowSize, ref size) == 0 ? size.Columns : 0;
        }
    }

    public static PseudoTerminal Open(int width)
    {
        var master = new SafeFileHandle(OpenMaster(ReadWrite | NoControllingTerminal), ownsHandle: true);
        var name = new byte[128];
        var number = master.DangerousGetHandle().ToInt32();
        if (master.IsInvalid || Grant(number) != 0 || Unlock(number) != 0 || NameOf(number, name, name.Length) != 0)
        {
            throw new InvalidOperationException("This system gives no pseudo-terminal.");
        }

        var size = new Size { Rows = 50, Columns = (ushort)width };
        _ = Control(number, SetWindowSize, ref size);
        var path = Encoding.ASCII.GetString(name, 0, Array.IndexOf(name, (byte)0));
        // The flag keeps the terminal from becoming the controlling terminal of the tests.
        return new PseudoTerminal(
            master,
            new SafeFileHandle(OpenFile(path, ReadWrite | NoControllingTerminal), ownsHandle: true),
            path
        );
    }

    /// <summary>Reads the whole output, once every program has closed its end. Lines end in \n.</summary>
    public async Task<string> ReadToEndAsync()
    {
        await Output.DisposeAsync();
        return (await _read).Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await ReadToEndAsync();
        _slave.Dispose();
        _master.Dispose();
    }

    private string ReadAll()
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[4096];
        // A read returns −1 (EIO) when no process holds the other end any more.
        for (nint count; (count = Read(_master.DangerousGetHandle().ToInt32(), buffer, (nuint)buffer.Length)) > 0; )
        {
            bytes.Write(buffer, 0, (int)count);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Size
    {
        public ushort Rows;
        public ushort Columns;
        public ushort PixelsAcross;
        public ushort PixelsDown;
    }

    [DllImport("libc", EntryPoint = "posix_openpt")]
    private static extern int OpenMaster(int flags);

    [DllImport("libc", EntryPoint = "grantpt")]
    private static extern int Grant(int master);

    [DllImport("libc", EntryPoint = "unlockpt")]
    private static extern int Unlock(int master);

    [DllImport("libc", EntryPoint = "ptsname_r")]
    private static extern int NameOf(int master, byte[] name, nint length);

    [DllImport(
        "libc",
        EntryPoint = "open",
        CharSet = CharSet.Ansi,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true
    )]
    private static extern int OpenFile(string path, int flags);

    [DllImport("libc", EntryPoint = "read")]
    private static extern nint Read(int file, byte[] buffer, nuint count);

    [DllImport("libc", EntryPoint = "ioctl")]
    private static extern int Control(int file, nuint request, ref Size size);
}
