using ScheduleZero.Client;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Dashboard.Live;

/// <summary>
/// Verifies the audit log for pages, as <c>schedulezero audit verify</c> does for the command line: the lines come by
/// REST. A verification reads the whole log, so one runs at a time, and none for ever.
/// </summary>
internal sealed class Verifications : IDisposable
{
    /// <summary>How long a verification may take before it is given up.</summary>
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(30);

    private readonly SemaphoreSlim _place = new(1, 1);

    /// <summary>Verifies the whole log.</summary>
    /// <param name="known">A point of an earlier verification; null for none.</param>
    /// <returns>The verdict, or why there is none.</returns>
    public async Task<(AuditVerdict? Verdict, string? Problem)> RunAsync(
        ScheduleZeroClient client,
        AuditPoint? known,
        CancellationToken cancellationToken
    )
    {
        if (!await _place.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            return (null, "Another verification is under way: try again when it has ended.");
        }

        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(TimeMax);
        try
        {
            // Hashing millions of lines would hold up the page, so another thread does it.
            return (await Task.Run(() => VerifyAsync(client, known, limited.Token), limited.Token), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, "The log is too long to be verified here. Run: schedulezero audit verify");
        }
        catch (IOException)
        {
            return (null, "The log could not be read to its end: try again.");
        }
        finally
        {
            _place.Release();
        }
    }

    public void Dispose() => _place.Dispose();

    private static async Task<AuditVerdict> VerifyAsync(
        ScheduleZeroClient client,
        AuditPoint? known,
        CancellationToken cancellationToken
    )
    {
        var keys = await client.Audit.KeysAsync(cancellationToken);
        await using var lines = await client.Audit.ExportAsync(cancellationToken: cancellationToken);
        return await new AuditVerifier(keys, known is { } point ? [point] : []).VerifyAsync(lines, cancellationToken);
    }
}
