using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace ScheduleZero.Acme.Tests;

/// <summary>Let's Encrypt's test server, and beside it a DNS server that leads every name to this machine.</summary>
internal sealed class Pebble : IAsyncDisposable
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("schedulezero-pebble-").FullName;
    private readonly TestAuthority _authority = new();
    private readonly int _port = FreePort();
    private readonly int _managementPort = FreePort();
    private readonly List<Process> _processes = [];

    /// <summary>Where Pebble looks for answers to HTTP-01.</summary>
    public int HttpPort { get; } = FreePort();

    /// <summary>Where Pebble shakes hands for TLS-ALPN-01.</summary>
    public int TlsPort { get; } = FreePort();

    public static bool IsInstalled => File.Exists("/usr/bin/pebble") && File.Exists("/usr/bin/pebble-challtestsrv");

    public string Directory => $"https://127.0.0.1:{_port}/dir";

    /// <summary>The root that the directory's own certificate leads to.</summary>
    public X509Certificate2 DirectoryRoot => _authority.Root;

    /// <summary>A CA that is down: its ports are known, and nobody listens there yet.</summary>
    public static Pebble Prepare() => new();

    /// <param name="refusedNonces">How many of 100 good nonces are refused.</param>
    public static async Task<Pebble> StartAsync(int refusedNonces = 5, bool asksForExternalAccount = false)
    {
        var pebble = Prepare();
        try
        {
            await pebble.RunAsync(refusedNonces, asksForExternalAccount);
            return pebble;
        }
        catch
        {
            await pebble.DisposeAsync();
            throw;
        }
    }

    public AcmeSettings Settings(params string[] names) =>
        new()
        {
            Directory = new Uri(Directory),
            Names = names,
            Folder = Path.Combine(_folder, "acme"),
            AgreesToTerms = true,
            Contacts = ["mailto:ops@example.org"],
            Roots = _authority.Roots,
        };

    /// <summary>The root of the certificates that Pebble issues.</summary>
    public async Task<X509Certificate2> FetchRootAsync()
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(_authority.Roots);
        using var client = new HttpClient(handler);
        return X509Certificate2.CreateFromPem(
            await client.GetStringAsync(new Uri($"https://127.0.0.1:{_managementPort}/roots/0"))
        );
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        System.IO.Directory.Delete(_folder, recursive: true);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Lets a CA that was prepared come up.</summary>
    public async Task RunAsync(int refusedNonces = 5, bool asksForExternalAccount = false)
    {
        var server = _authority.SignServer();
        await File.WriteAllTextAsync(Path.Combine(_folder, "server.pem"), server.ExportCertificatePem());
        var key = server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        await File.WriteAllTextAsync(Path.Combine(_folder, "server.key"), key);
        var config = new JsonObject
        {
            ["listenAddress"] = $"127.0.0.1:{_port}",
            ["managementListenAddress"] = $"127.0.0.1:{_managementPort}",
            ["certificate"] = "server.pem",
            ["privateKey"] = "server.key",
            ["httpPort"] = HttpPort,
            ["tlsPort"] = TlsPort,
            ["externalAccountBindingRequired"] = asksForExternalAccount,
            ["externalAccountMACKeys"] = new JsonObject
            {
                ["kid-1"] = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W",
            },
        };
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "config.json"),
            new JsonObject { ["pebble"] = config }.ToJsonString()
        );
        var dns = $"127.0.0.1:{FreePort()}";
        string[] other = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", $"127.0.0.1:{FreePort()}"];
        await StartAsync("pebble-challtestsrv", "Starting", ["-dns01", dns, "-defaultIPv6", "", .. other]);
        await StartAsync(
            "pebble",
            "ACME directory available",
            ["-config", "config.json", "-dnsserver", dns],
            ("PEBBLE_VA_NOSLEEP", "1"),
            ("PEBBLE_AUTHZREUSE", "0"),
            ("PEBBLE_WFE_NONCEREJECT", refusedNonces.ToString())
        );
    }

    private async Task StartAsync(
        string program,
        string lastLine,
        string[] arguments,
        params (string Name, string Value)[] environment
    )
    {
        var ready = new TaskCompletionSource();
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Look(line.Data);
        process.ErrorDataReceived += (_, line) => Look(line.Data);
        process.Start();
        _processes.Add(process);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(30));

        void Look(string? line)
        {
            if (line?.Contains(lastLine, StringComparison.Ordinal) == true)
            {
                ready.TrySetResult();
            }
        }
    }
}
