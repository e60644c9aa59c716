using System.ComponentModel;
using ScheduleZero.Network.Tests.Processes;
using ScheduleZero.Network.Tests.Topology;

[assembly: NUnit.Framework.Category("Network")]
[assembly: Parallelizable(ParallelScope.All)]
// Scenarios mostly wait, so more of them run at once than there are cores.
[assembly: LevelOfParallelism(4)]

namespace ScheduleZero.Network.Tests;

/// <summary>Skips every test, with the reason, where the machine does not allow network namespaces.</summary>
[SetUpFixture]
public sealed class Requirements
{
    private static readonly string[][] Tools =
    [
        ["ip", "-V"],
        ["nft", "--version"],
        ["conntrack", "--version"],
    ];

    [OneTimeSetUp]
    public async Task RequireNamespaces()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Network namespaces need Linux and root.");
        }

        foreach (var tool in Tools)
        {
            try
            {
                await Command.RunAsync(tool, CancellationToken.None);
            }
            catch (Win32Exception e)
            {
                Assert.Ignore($"The program {tool[0]} is missing: {e.Message}");
            }
        }

        await NetworkNamespace.RemoveAbandonedAsync(CancellationToken.None);
        try
        {
            await using var probe = await NetworkNamespace.CreateAsync("probe", CancellationToken.None);
        }
        catch (CommandException e)
        {
            Assert.Ignore($"This machine does not let root make network namespaces: {e.Message}");
        }
    }
}
