namespace ScheduleZero.Client;

/// <summary>The body of a request with several jobs, put together from jobs that are JSON already.</summary>
internal static class GatheredBody
{
    /// <summary>The size of the body beside the jobs and the commas between them.</summary>
    public static int FrameBytes => Head.Length + Tail.Length;

    private static ReadOnlySpan<byte> Head => """{"separate":true,"jobs":["""u8;

    private static ReadOnlySpan<byte> Tail => "]}"u8;

    public static byte[] Of(IReadOnlyList<WaitingJob> jobs)
    {
        var body = new byte[FrameBytes + jobs.Sum(job => job.Body.Length) + jobs.Count - 1];
        var rest = Append(body, Head);
        for (var i = 0; i < jobs.Count; i++)
        {
            rest = Append(i == 0 ? rest : Append(rest, ","u8), jobs[i].Body);
        }

        Append(rest, Tail);
        return body;
    }

    private static Span<byte> Append(Span<byte> to, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(to);
        return to[bytes.Length..];
    }
}
