using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>
/// Fills the whole environment of a command. Nothing of the agent's own environment is handed on, since it may hold
/// secrets. docs/command-agent.md lists the variables.
/// </summary>
internal static class CommandEnvironment
{
    public const string StandardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    // Without these, most programs do not start on Windows.
    private static readonly string[] WindowsNames =
    [
        "ComSpec",
        "PATH",
        "PATHEXT",
        "SystemDrive",
        "SystemRoot",
        "TEMP",
        "TMP",
        "USERPROFILE",
        "windir",
    ];

    public static void Fill(
        IDictionary<string, string?> environment,
        CommandMethod method,
        JobContext job,
        string progressFile
    )
    {
        environment.Clear();
        if (OperatingSystem.IsWindows())
        {
            foreach (var name in WindowsNames)
            {
                environment[name] = Environment.GetEnvironmentVariable(name);
            }
        }
        else
        {
            var user = method.Account?.Name ?? Environment.UserName;
            environment["PATH"] = StandardPath;
            environment["HOME"] =
                method.Account?.Home ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            environment["USER"] = user;
            environment["LOGNAME"] = user;
            environment["LANG"] = "C.UTF-8";
        }

        environment["SCHEDULEZERO_JOB_ID"] = job.JobId.ToString();
        environment["SCHEDULEZERO_ATTEMPT_ID"] = job.AttemptId.ToString();
        environment["SCHEDULEZERO_FENCING_TOKEN"] = job.FencingToken.ToString();
        environment["SCHEDULEZERO_PROGRESS_FILE"] = progressFile;
        if (job.Assigned.Batch is { } batch)
        {
            environment["SCHEDULEZERO_BATCH"] = RawJson.From(batch).ToString();
        }

        foreach (var (name, value) in method.Environment)
        {
            environment[name] = value;
        }
    }
}
