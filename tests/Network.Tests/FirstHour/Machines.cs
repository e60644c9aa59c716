using ScheduleZero.Network.Tests.Processes;
using ScheduleZero.Network.Tests.Topology;

namespace ScheduleZero.Network.Tests.FirstHour;

/// <summary>
/// The two machines of <c>docs/first-hour.md</c>: the first one in the DMZ of an <see cref="OfficeNetwork"/>, the other
/// one in the office, behind NAT. Each has a home of its own, and <c>schedulezero</c> in its path.
/// </summary>
internal sealed class Machines : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("schedulezero-first-hour-");
    private readonly List<ServerProcess> _started = [];

    private Machines(OfficeNetwork network) => Network = network;

    public OfficeNetwork Network { get; }

    /// <summary>A folder for what the test itself needs.</summary>
    public string Folder => _folder.FullName;

    public static async Task<Machines> BuildAsync(CancellationToken cancellationToken)
    {
        var machines = new Machines(await OfficeNetwork.BuildAsync(openPorts: [], cancellationToken));
        var program = Path.Combine(machines._folder.CreateSubdirectory("bin").FullName, "schedulezero");
        await Script.WriteAsync(program, $"'{Installation.DotNet}' '{Installation.Program}'", cancellationToken);
        return machines;
    }

    /// <summary>Types a command in a terminal of the first machine, and returns what its program has printed.</summary>
    public Task<ServerProcess> TypeOnFirstAsync(
        string name,
        string command,
        string input,
        CancellationToken cancellationToken
    ) => TypeAsync(name, Network.Dmz, "first", command, input, cancellationToken);

    /// <summary>Pastes a line into a terminal of the other machine.</summary>
    public Task<ServerProcess> PasteOnOtherAsync(string line, CancellationToken cancellationToken) =>
        TypeAsync("other", Network.Office, "other", line, input: "", cancellationToken);

    /// <summary>The output of every program, for the message of a failure.</summary>
    public string Printed() => string.Join(Environment.NewLine, _started.Select(server => server.Printed));

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Enumerable.Reverse(_started))
        {
            await server.DisposeAsync();
        }

        await Network.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task<ServerProcess> TypeAsync(
        string name,
        NetworkNamespace network,
        string machine,
        string command,
        string input,
        CancellationToken cancellationToken
    )
    {
        var home = _folder.CreateSubdirectory(machine).FullName;
        var server = await ServerProcess.TypeAsync(
            name,
            network,
            home,
            command,
            input,
            new Dictionary<string, string>
            {
                ["HOME"] = home,
                ["XDG_DATA_HOME"] = "",
                ["XDG_CONFIG_HOME"] = "",
                ["PATH"] = $"{Path.Combine(Folder, "bin")}:{Environment.GetEnvironmentVariable("PATH")}",
            },
            cancellationToken
        );
        _started.Add(server);
        return server;
    }
}
