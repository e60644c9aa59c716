using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ScheduleZero.Agent.Tests.Fakes;

/// <summary>Squid or tinyproxy as Debian has it, on a port of its own, with one user.</summary>
internal sealed class RealProxy : IAsyncDisposable
{
    public const string User = "ana";
    public const string Password = "hunter2-planted";

    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-proxy-").FullName;
    private readonly Process _process;
    private readonly string _accessLog;

    private RealProxy(string program)
    {
        Address = new Uri($"http://127.0.0.1:{FreePort()}");
        _accessLog = Path.Combine(_folder, "access.log");
        if (OperatingSystem.IsLinux())
        {
            // Squid gives up root, and reads its files after that.
            File.SetUnixFileMode(
                _folder,
                UnixFileMode.UserRead
                    | UnixFileMode.UserWrite
                    | UnixFileMode.UserExecute
                    | UnixFileMode.GroupRead
                    | UnixFileMode.GroupExecute
                    | UnixFileMode.OtherRead
                    | UnixFileMode.OtherWrite
                    | UnixFileMode.OtherExecute
            );
        }

        var configuration = Path.Combine(_folder, "proxy.conf");
        File.WriteAllText(configuration, program == "squid" ? SquidText() : TinyproxyText());
        string[] arguments = program == "squid" ? ["-N", "-d", "1", "-f", configuration] : ["-d", "-c", configuration];
        _process =
            Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
            ) ?? throw new InvalidOperationException($"{program} did not start.");
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    /// <summary>Starts a proxy, or ends the test where none is installed.</summary>
    public static async Task<RealProxy> StartAsync(string program)
    {
        if (!File.Exists($"/usr/sbin/{program}") && !File.Exists($"/usr/bin/{program}"))
        {
            Assert.Ignore($"{program} is not installed: bash tests/install-tools.sh");
        }

        var proxy = new RealProxy(program);
        using var patience = new CancellationTokenSource(FakeBroker.Patience);
        while (true)
        {
            try
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, proxy.Address.Port, patience.Token);
                return proxy;
            }
            catch (SocketException) when (!proxy._process.HasExited)
            {
                await Task.Delay(50, patience.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string SquidText()
    {
        var passwords = Path.Combine(_folder, "passwords");
        File.WriteAllText(passwords, $"{User}:{Hash()}\n");
        return $"""
            http_port 127.0.0.1:{Address.Port}
            pid_filename none
            cache deny all
            access_log none
            cache_log {_accessLog}
            coredump_dir none
            shutdown_lifetime 0 seconds
            auth_param basic program /usr/lib/squid/basic_ncsa_auth {passwords}
            auth_param basic children 1
            auth_param basic realm test
            acl known proxy_auth REQUIRED
            http_access allow known
            http_access deny all

            """;
    }

    private string TinyproxyText() =>
        $"""
            Port {Address.Port}
            Listen 127.0.0.1
            Timeout 600
            MaxClients 20
            LogFile "{_accessLog}"
            BasicAuth {User} {Password}

            """;

    private static string Hash()
    {
        using var openssl =
            Process.Start(
                new ProcessStartInfo("openssl", ["passwd", "-apr1", Password]) { RedirectStandardOutput = true }
            ) ?? throw new InvalidOperationException("openssl did not start.");
        var hash = openssl.StandardOutput.ReadToEnd().Trim();
        openssl.WaitForExit();
        return hash;
    }
}
