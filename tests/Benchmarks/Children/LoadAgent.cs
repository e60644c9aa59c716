using System.Collections.Concurrent;
using System.Globalization;
using ScheduleZero.Benchmarks.Load;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Benchmarks.Children;

/// <summary>An agent whose methods only note when they were called.</summary>
internal sealed class LoadAgent
{
    public const string Verb = "load-agent";
    public const string MethodDefault = "load.run";

    /// <summary>Makes the agent publish a schema of its params.</summary>
    public const string SchemaFlag = "--schema";

    /// <summary>Names the identity of an agent that is enrolled, in place of the API key of the environment.</summary>
    public const string IdentityFlag = "--identity";

    /// <summary>Names the CURVE key of the server at a <c>tcp://</c> address.</summary>
    public const string CurveServerFlag = "--curve-server";
    public const string MethodOfNobody = "load.nobody";
    public const string MethodOfSchedules = "load.scheduled";

    private static readonly Dictionary<string, int> Flags = new(StringComparer.Ordinal)
    {
        ["--bridge"] = 1,
        ["--slots"] = 1,
        ["--capacity"] = 1,
        ["--method"] = 1,
        ["--out"] = 1,
        [IdentityFlag] = 1,
        [CurveServerFlag] = 1,
        [SchemaFlag] = 0,
    };

    private readonly ConcurrentQueue<string> _fired = new();
    private readonly StartLog _log;

    private LoadAgent(int slots) => _log = new StartLog(slots);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var flags = new CommandFlags(arguments, Flags);
        var agent = new LoadAgent(int.Parse(flags.Value("--slots")!, CultureInfo.InvariantCulture));
        await using var running = agent.Build(flags).Start();
        await running.WaitForWelcomeAsync();
        await agent._log.ServeAsync(
            flags.Value("--out")!,
            () => File.WriteAllLinesAsync(flags.Value("--out")! + ".fired", agent._fired)
        );
        return 0;
    }

    private AgentBuilder Build(CommandFlags flags)
    {
        var builder = AgentBuilder.Create(options =>
        {
            options.Handler = LoadSystem.HandlerName;
            options.Bridges.Add(flags.Value("--bridge")!);
            options.IdentityFile = flags.Value(IdentityFlag);
            options.ApiKey = options.IdentityFile is null
                ? Environment.GetEnvironmentVariable("SCHEDULEZERO_API_KEY")
                : null;
            if (flags.Value(CurveServerFlag) is { } server)
            {
                options.CurveServerKeys.Add(server);
            }

            options.Capacity = int.Parse(flags.Value("--capacity")!, CultureInfo.InvariantCulture);
        });
        return flags.Value("--method") == MethodOfSchedules ? builder.Handle<RawJson>(MethodOfSchedules, NoteOccurrence)
            : flags.Has(SchemaFlag) ? builder.Handle<LoadParams>(flags.Value("--method")!, Note)
            : builder.Handle<RawJson>(flags.Value("--method")!, NoteRaw);
    }

    private Task Note(LoadParams parameters, JobContext job)
    {
        _log.Note(parameters.Number);
        return Task.CompletedTask;
    }

    private Task NoteRaw(RawJson parameters, JobContext job) => Note(parameters.To<LoadParams>()!, job);

    private Task NoteOccurrence(RawJson parameters, JobContext job)
    {
        var nominal = job.Schedule!.Nominal;
        var late = TimeProvider.System.GetUtcNow() - nominal;
        _fired.Enqueue($"{job.Schedule.Name} {nominal.ToUnixTimeSeconds()} {late.TotalMilliseconds:F3}");
        _log.Count();
        return Task.CompletedTask;
    }
}

/// <param name="Number">Which job of the run this is.</param>
internal sealed record LoadParams(int Number);
