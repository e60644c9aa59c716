using ScheduleZero.Benchmarks.Children;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Processes;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// What the processes of a workload are told so that their connections are encrypted, and their sessions sealed.
/// </summary>
internal sealed class LoadSecurity
{
    private readonly Stage _stage;
    private readonly LoadOptions _options;

    /// <summary>The Broker's public CURVE key; null without CURVE.</summary>
    private readonly string? _brokerKey;

    private LoadSecurity(Stage stage, LoadOptions options, string? brokerKey) =>
        (_stage, _options, _brokerKey) = (stage, options, brokerKey);

    /// <summary>The variables of the Broker.</summary>
    public (string, string)[] OfBroker =>
        _brokerKey is null ? [] : [("SCHEDULEZERO_CURVE_KEY", KeyFile("broker")), ("SCHEDULEZERO_CURVE_ALLOW", "any")];

    /// <summary>The variables of a Bridge.</summary>
    public (string, string)[] OfBridge =>
        _brokerKey is null
            ? []
            : [("SCHEDULEZERO_CURVE_KEY", KeyFile("bridge")), ("SCHEDULEZERO_CURVE_SERVER", _brokerKey)];

    /// <summary>Makes the key pairs of CURVE, if there are to be any.</summary>
    public static async Task<LoadSecurity> CreateAsync(Stage stage, LoadOptions options)
    {
        if (!options.IsCurve)
        {
            return new LoadSecurity(stage, options, null);
        }

        await CreatePairAsync(stage, "bridge");
        return new LoadSecurity(stage, options, await CreatePairAsync(stage, "broker"));
    }

    /// <summary>Has all handlers seal their sessions, if they are to.</summary>
    public async Task SealAsync()
    {
        if (_options.IsSealed)
        {
            await _stage.Client.Namespaces.PatchAsync("default", new NamespacePatch { Sealed = ["*"] });
        }
    }

    /// <summary>Enrols an agent, if its session is to be sealed, and returns its arguments.</summary>
    public async Task<IReadOnlyList<string>> ArgumentsOfAgentAsync(string name, string address)
    {
        // An address of a Bridge has no CURVE.
        string[] curve = _brokerKey is not null && _options.IsZeroMq ? [LoadAgent.CurveServerFlag, _brokerKey] : [];
        if (!_options.IsSealed)
        {
            return curve;
        }

        var token = await _stage.Client.Enrolments.CreateAsync(
            new EnrolmentRequest { Handler = LoadSystem.HandlerName }
        );
        var identity = Path.Combine(_stage.Folder, $"{name}.json");
        await RunAsync(_stage, ["agent", "enroll", address, token.Token, "--out", identity, .. curve]);
        return [LoadAgent.IdentityFlag, identity, .. curve];
    }

    private string KeyFile(string name) => KeyFile(_stage, name);

    private static string KeyFile(Stage stage, string name) => Path.Combine(stage.Folder, $"{name}.curve");

    private static async Task<string> CreatePairAsync(Stage stage, string name)
    {
        var made = await RunAsync(stage, ["curve", "create", KeyFile(stage, name)]);
        return made.Lines.First(line => line.Length == 40);
    }

    private static async Task<ChildProcess> RunAsync(Stage stage, string[] arguments)
    {
        var child = stage.Start(arguments[0], Shipped.ScheduleZero, arguments);
        return await child.ExitAsync(Stage.StartLimit) == 0
            ? child
            : throw new InvalidOperationException(child.Describe());
    }
}
