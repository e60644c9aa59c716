using System.Reflection;
using System.Text.RegularExpressions;
using ScheduleZero.Broker.Core;

namespace ScheduleZero.Architecture.Tests;

/// <summary>The Core only decides, so that a seed repeats its decisions.</summary>
public sealed class CoreTests
{
    private static Assembly Core => typeof(BrokerCore).Assembly;

    [Test]
    public void Core_never_waits_reads_writes_or_starts_anything()
    {
        var impure = new Regex(
            @"^(System\.(IO|Net|Threading|Timers|Diagnostics\.(Process|Stopwatch|Activity))\b|System\.(Console|"
                + @"TimeProvider)$|Microsoft\.)"
        );
        Assert.That(AssemblyFacts.ForeignTypes(Core).Where(name => impure.IsMatch(name)), Is.Empty);
    }

    [Test]
    public void Core_never_looks_at_a_clock_or_rolls_dice_of_its_own()
    {
        var members = AssemblyFacts.ForeignMembers(Core);
        var impure = new Regex(
            @"^System\.(DateTime(Offset)?\.get_(Now|UtcNow|Today)|Random\.(\.ctor|get_Shared)|Guid\.(NewGuid|"
                + @"CreateVersion7)|Environment\.get_(?!CurrentManagedThreadId).*"
                + @"|Security\.Cryptography\.RandomNumberGenerator\..*|TimeZoneInfo\.get_Local)$"
        );
        Assert.That(members.Where(name => impure.IsMatch(name)), Is.Empty);
    }

    [Test]
    public void The_reader_of_metadata_sees_what_an_impure_assembly_does() =>
        Assert.That(
            AssemblyFacts.ForeignTypes(typeof(Bridge.BridgeServer).Assembly),
            Does.Contain("System.Threading.Tasks.Task")
        );
}
