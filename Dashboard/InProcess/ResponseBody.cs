using System.IO.Pipelines;

namespace ScheduleZero.Dashboard.InProcess;

/// <summary>
/// The body of an answer of REST in this process: what the pipeline writes, the page reads. A page that reads slowly
/// holds the pipeline up, as a slow connection would.
/// </summary>
internal sealed class ResponseBody
{
    private readonly Pipe _pipe = new(new PipeOptions(useSynchronizationContext: false));

    /// <param name="start">Called before each byte that is written; fixes status and headers.</param>
    public ResponseBody(Func<Task> start) => Writing = new WritingStream(_pipe.Writer, start);

    /// <summary>The stream that the pipeline writes to.</summary>
    public Stream Writing { get; }

    /// <summary>The stream that the page reads from.</summary>
    /// <param name="abort">Called when the page gives the stream up.</param>
    public Stream Reading(Action abort) => new ReadingStream(_pipe.Reader.AsStream(), abort);

    /// <summary>Ends the body.</summary>
    /// <param name="failure">Why the body is not whole; null when it is.</param>
    public void End(Exception? failure) =>
        _pipe.Writer.Complete(failure is null or IOException ? failure : new IOException(failure.Message, failure));

    private sealed class WritingStream(PipeWriter writer, Func<Task> start) : ForwardStream
    {
        public override bool CanRead => false;

        public override bool CanWrite => true;

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            await start();
            await writer.WriteAsync(buffer, cancellationToken);
        }

        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            await start();
            await writer.FlushAsync(cancellationToken);
        }
    }

    private sealed class ReadingStream(Stream inner, Action abort) : ForwardStream
    {
        public override bool CanRead => true;

        public override bool CanWrite => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            abort();
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
