using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// Has another .NET process collect its whole heap, so that its memory tells what it holds and not what it has not
/// yet thrown away.
/// </summary>
internal static class HeapCollection
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";

    /// <summary>The runtime collects when a listener for this keyword comes (GCHeapCollectKeyword).</summary>
    private const long Collect = 0x800000;

    /// <summary>The keyword of the collector's events: .NET's own heap dumps ask for both.</summary>
    private const long Collector = 0x1;

    /// <summary>Long enough for a collection of some hundred MiB; nobody reads the event that ends it.</summary>
    private static readonly TimeSpan Collection = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Begins a collection, and returns after the time that one takes.</summary>
    public static async Task RunAsync(int process)
    {
        var client = new DiagnosticsClient(process);
        using var session = await client.StartEventPipeSessionAsync(
            [new EventPipeProvider(Runtime, EventLevel.Informational, Collect | Collector)],
            requestRundown: false,
            circularBufferMB: 1,
            CancellationToken.None
        );
        var reading = session.EventStream.CopyToAsync(Stream.Null);
        await Task.Delay(Collection);
        await session.StopAsync(CancellationToken.None).WaitAsync(Limit);
        await reading.WaitAsync(Limit);
    }
}
