using System.Buffers;
using BenchmarkDotNet.Attributes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Benchmarks.Micro;

/// <summary>Measures frames and bodies of the handler protocol.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private const int PackedMessages = 50;

    private readonly byte[] _header = new FrameHeader(MessageKind.Report, 4711, 1_234_567).ToFrame();
    private readonly byte[] _buffer = new byte[FrameHeader.LengthMax];
    private readonly ArrayBufferWriter<byte> _writer = new(64 * 1024);
    private readonly Report _report;
    private readonly Assign _assign;
    private readonly byte[] _reportBody;
    private readonly byte[] _assignBody;
    private readonly ReadOnlyMemory<byte> _pack;

    public CodecBenchmarks()
    {
        var job = new JobId(Guid.CreateVersion7());
        var attempt = new AttemptId(job, 1);
        _report = new Report([
            new ReportEvent { Type = ReportEventTypes.Started, AttemptId = attempt },
            new ReportEvent
            {
                Type = ReportEventTypes.Succeeded,
                AttemptId = attempt,
                FencingToken = 1,
                Result = RawJson.Parse("""{"pages":12}"""),
            },
        ]);
        _assign = new Assign([
            new AssignedAttempt
            {
                AttemptId = attempt,
                JobId = job,
                Method = "reports.render",
                Params = RawJson.Parse("""{"month":"2026-10"}"""),
                Attempt = 1,
                MaxAttempts = 3,
                FencingToken = 1,
                LeaseSeconds = 30,
                TimeoutSeconds = 3600,
                EnqueuedAt = DateTimeOffset.UnixEpoch,
            },
        ]);
        _reportBody = ProtocolJson.Write(_report);
        _assignBody = ProtocolJson.Write(_assign);
        PackReports();
        _pack = _writer.WrittenMemory.ToArray();
    }

    [Benchmark]
    public int FormatHeader() => new FrameHeader(MessageKind.Report, 4711, 1_234_567).Format(_buffer);

    [Benchmark]
    public bool ParseHeader() => FrameHeader.TryParse(_header, out _);

    [Benchmark]
    public byte[] WriteReport() => ProtocolJson.Write(_report);

    [Benchmark]
    public bool ReadReport() => ProtocolJson.TryRead<Report>(_reportBody, out _, out _);

    [Benchmark]
    public byte[] WriteAssign() => ProtocolJson.Write(_assign);

    [Benchmark]
    public bool ReadAssign() => ProtocolJson.TryRead<Assign>(_assignBody, out _, out _);

    [Benchmark(OperationsPerInvoke = PackedMessages)]
    public void PackReports()
    {
        _writer.ResetWrittenCount();
        for (var i = 0UL; i < PackedMessages; i++)
        {
            Pack.Append(_writer, new FrameHeader(MessageKind.Report, 4711, i + 1), _reportBody);
        }
    }

    [Benchmark(OperationsPerInvoke = PackedMessages)]
    public int UnpackReports()
    {
        var count = 0;
        for (var rest = _pack; Pack.TryRead(ref rest, out _, out _); )
        {
            count++;
        }

        return count;
    }
}
