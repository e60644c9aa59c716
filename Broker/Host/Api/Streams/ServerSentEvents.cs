using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Http;

namespace ScheduleZero.Broker.Host.Api.Streams;

/// <summary>The outcome of waiting for the next event of a stream.</summary>
internal enum StreamStep
{
    Ready,

    /// <summary>The listener fell behind and has lost its place.</summary>
    Lost,

    /// <summary>The caller has gone, is no longer allowed to listen, or the Broker stops.</summary>
    Over,
}

/// <summary>Sends the server-sent events of one request.</summary>
internal sealed class ServerSentEvents : IDisposable
{
    // A revoked key, an ended session, and a role that was taken away must lose their streams within a second.
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);

    private readonly HttpContext _http;
    private readonly LiveAccess _access;
    private readonly TimeProvider _time;
    private readonly PeriodicTimer _timer;
    private readonly CancellationTokenSource _end;
    private readonly ArrayBufferWriter<byte> _frame = new();
    private Task<bool>? _tick;
    private long _lastWrite;

    public ServerSentEvents(HttpContext http, LiveAccess access, TimeProvider time, CancellationToken stopping)
    {
        _http = http;
        _access = access;
        _time = time;
        _timer = new PeriodicTimer(TickInterval, time);
        _end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
    }

    /// <summary>
    /// Sends the headers, and a first comment, so that the caller knows at once that it listens. False when only the
    /// headers were asked for.
    /// </summary>
    public async Task<bool> BeginAsync()
    {
        _http.Response.ContentType = "text/event-stream";
        // Asks nginx and similar proxies not to buffer the stream.
        _http.Response.Headers["X-Accel-Buffering"] = "no";
        if (HeadRequests.Is(_http))
        {
            return false;
        }

        await SendCommentAsync("open");
        return true;
    }

    /// <summary>Waits for something to read, and keeps the connection alive meanwhile.</summary>
    public async Task<StreamStep> WaitAsync(Subscription subscription)
    {
        try
        {
            var ready = subscription.Events.WaitToReadAsync(_end.Token).AsTask();
            while (true)
            {
                _tick ??= _timer.WaitForNextTickAsync(_end.Token).AsTask();
                if (await Task.WhenAny(ready, _tick) == ready)
                {
                    return !await ready ? StreamStep.Lost
                        : IsWelcome() ? StreamStep.Ready
                        : StreamStep.Over;
                }

                _tick = null;
                if (!IsWelcome())
                {
                    return StreamStep.Over;
                }

                if (_time.GetElapsedTime(_lastWrite) >= KeepAliveInterval)
                {
                    await SendCommentAsync("keep-alive");
                }
            }
        }
        catch (OperationCanceledException)
        {
            return StreamStep.Over;
        }
    }

    /// <summary>Sends one event.</summary>
    /// <param name="id">The place at which a reader may resume; null to leave the reader's place as it is.</param>
    /// <param name="type">The type of the event; null for a plain message.</param>
    /// <param name="value">The event's data, which is written as one line of JSON.</param>
    public Task SendAsync<T>(string? id, string? type, T value, JsonTypeInfo<T> info) =>
        SendAsync(id, type, JsonSerializer.SerializeToUtf8Bytes(value, info));

    public async Task SendAsync(string? id, string? type, ReadOnlyMemory<byte> json)
    {
        _frame.ResetWrittenCount();
        Append("id: ", id);
        Append("event: ", type);
        _frame.Write("data: "u8);
        _frame.Write(json.Span);
        _frame.Write("\n\n"u8);
        await FlushAsync();
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
        _timer.Dispose();
    }

    private bool IsWelcome() => !_end.IsCancellationRequested && _access.StillHolds(_http);

    private Task SendCommentAsync(string comment)
    {
        _frame.ResetWrittenCount();
        Append(": ", comment);
        _frame.Write("\n"u8);
        return FlushAsync();
    }

    private void Append(string field, string? value)
    {
        if (value is not null)
        {
            Encoding.UTF8.GetBytes(field, _frame);
            Encoding.UTF8.GetBytes(value, _frame);
            _frame.Write("\n"u8);
        }
    }

    private async Task FlushAsync()
    {
        await _http.Response.Body.WriteAsync(_frame.WrittenMemory, _http.RequestAborted);
        await _http.Response.Body.FlushAsync(_http.RequestAborted);
        _lastWrite = _time.GetTimestamp();
    }
}
