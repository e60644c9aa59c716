namespace ScheduleZero.Dashboard.Pages.Handlers;

/// <summary>
/// The line to paste on a machine: it enrols the agent, writes a first configuration with two harmless methods, and
/// starts the agent.
/// </summary>
/// <param name="Address">Where the agent dials: a Bridge, or the ROUTER of a Broker.</param>
/// <param name="Name">The handler's name; null when the agent is to choose one, and a person fills it in.</param>
internal sealed record EnrolLine(string Address, string Token, string? Name)
{
    /// <summary>A method of the first configuration that needs no params.</summary>
    public const string Method = "host.name";

    /// <summary>
    /// A method of the first configuration that takes a disk, and fails where there is no such disk: so somebody can
    /// see a failed job, and replay it with other params.
    /// </summary>
    public const string MethodWithParams = "disk.free";

    // A folder as the first configuration for Linux and macOS takes it, and the letter of a drive on Windows. The
    // patterns leave no room for an option, nor for anything that PowerShell would understand.
    private const string DiskOfUnix = """{ command: df, args: [-h, "${params.disk}"], """ + DiskParams + "\"/.*\" } }";

    private const string DiskOfWindows =
        """{ command: powershell, args: [-NoProfile, -Command, Get-PSDrive, -Name, "${params.disk}"], """
        + DiskParams
        + "\"[A-Za-z]\" } }";

    private const string DiskParams = "params: { disk: { type: string, required: true, pattern: ";

    /// <summary>What stands in the line in place of a name that is still to be chosen.</summary>
    public const string NamePlaceholder = "NAME";

    private const int AddressLengthMax = 300;

    private string Shown => Name ?? NamePlaceholder;

    // Names of files may not have the colon that names of handlers may have.
    private string FileName => Shown.Replace(':', '-');

    private IEnumerable<string> Configuration(string disk) =>
        [
            $"handler: {Shown}",
            $"bridges: [\"{Address}\"]",
            $"identityFile: {FileName}.json",
            "methods:",
            $"  {Method}: {{ command: hostname, result: stdout }}",
            $"  {MethodWithParams}: {disk}, result: stdout }}",
        ];

    private string Enrol =>
        $"schedulezero agent enroll '{Address}' '{Token}'{(Name is null ? $" --handler {NamePlaceholder}" : "")} "
        + $"--out {FileName}.json";

    private IEnumerable<string> Quoted(string disk) => Configuration(disk).Select(line => $"'{line}'");

    private string Start => $"schedulezero agent --config {FileName}.yaml";

    /// <summary>The line for a shell of Linux or macOS.</summary>
    public string ForShell =>
        $"{Enrol} && printf '%s\\n' {string.Join(' ', Quoted(DiskOfUnix))} > {FileName}.yaml && {Start}";

    /// <summary>The line for PowerShell, which has no <c>&amp;&amp;</c> in the version that Windows brings.</summary>
    public string ForPowerShell =>
        $"{Enrol}; if ($?) {{ Set-Content {FileName}.yaml @({string.Join(", ", Quoted(DiskOfWindows))}); {Start} }}";

    /// <summary>What is wrong with an address; null when nothing is. It may not end the quotes of a shell.</summary>
    public static string? ProblemOf(string address) =>
        address.Length == 0 ? "Where does the machine reach a Bridge?"
        : address.Length > AddressLengthMax ? $"An address has {AddressLengthMax} characters at most."
        : Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https" or "tcp"
        && uri.Host.Length > 0
        && uri.UserInfo.Length == 0
        && address.All(IsPlain)
            ? null
        : "An address is needed, such as https://bridge.example.org or tcp://broker.example.org:4242.";

    private static bool IsPlain(char c) =>
        char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '/' or '[' or ']';
}
