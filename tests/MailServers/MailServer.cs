using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;

namespace ScheduleZero.MailServers;

/// <summary>A mail server on loopback that takes mail and passes none on (RFC 5321).</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<TakenMail> _mail = Channel.CreateUnbounded<TakenMail>();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly MailServerOptions _options;
    private readonly Task _accepting;

    private MailServer(MailServerOptions options)
    {
        _options = options;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>All that clients said outside of mail, in their order.</summary>
    public IReadOnlyList<string> Commands => [.. _commands];

    /// <summary>The mail that nobody has taken from here yet.</summary>
    public int Waiting => _mail.Reader.Count;

    public static MailServer Start(MailServerOptions? options = null) => new(options ?? new MailServerOptions());

    /// <summary>The next mail.</summary>
    public async Task<TakenMail> TakeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await _mail.Reader.ReadAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
            {
                sessions.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // The server was disposed.
        }

        await Task.WhenAll(sessions);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        Stream stream = client.GetStream();
        try
        {
            if (_options.EncryptsAtOnce)
            {
                stream = await EncryptAsync(stream);
            }

            await new Session(this, stream).RunAsync();
        }
        catch (Exception e)
            when (e
                    is IOException
                        or OperationCanceledException
                        or System.Security.Authentication.AuthenticationException
            )
        {
            // The client went away, or does not trust the certificate.
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    private async Task<Stream> EncryptAsync(Stream stream)
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificateContext = _options.Certificate },
            _stop.Token
        );
        return tls;
    }

    /// <summary>One connection.</summary>
    private sealed class Session(MailServer server, Stream stream)
    {
        private readonly MailServerOptions _options = server._options;
        private readonly List<string> _recipients = [];
        private Stream _stream = stream;
        private string _sender = "";
        private bool _isEncrypted = server._options.EncryptsAtOnce;

        public async Task RunAsync()
        {
            await SayAsync("220 mail.test ESMTP");
            while (await ReadLineAsync() is { } line)
            {
                server._commands.Enqueue(line);
                var verb = line.Split(' ', ':')[0].ToUpperInvariant();
                if (verb == "QUIT")
                {
                    await SayAsync("221 Bye");
                    return;
                }

                await AnswerAsync(verb, line);
            }
        }

        private Task AnswerAsync(string verb, string line) =>
            verb switch
            {
                "EHLO" => SayAsync(Extensions()),
                "STARTTLS" when _options.OffersStartTls => StartTlsAsync(),
                "AUTH" => AuthenticateAsync(line),
                "MAIL" => BeginAsync(line),
                "RCPT" => AddAsync(AddressIn(line)),
                "DATA" => TakeAsync(),
                "RSET" or "NOOP" => SayAsync("250 OK"),
                _ => SayAsync("502 Not here"),
            };

        private string Extensions()
        {
            List<string> all = ["mail.test", "8BITMIME"];
            if (_options.OffersStartTls && !_isEncrypted)
            {
                all.Add("STARTTLS");
            }

            if (_options.Login is not null)
            {
                all.Add("AUTH PLAIN");
            }

            return string.Join("\r\n", all.Select((one, at) => $"250{(at == all.Count - 1 ? ' ' : '-')}{one}"));
        }

        private async Task StartTlsAsync()
        {
            await SayAsync("220 Go ahead");
            _stream = await server.EncryptAsync(_stream);
            _isEncrypted = true;
        }

        private Task AuthenticateAsync(string line)
        {
            var shown = Encoding.UTF8.GetString(Convert.FromBase64String(line.Split(' ')[^1])).Split('\0');
            return SayAsync(
                _options.Login is { } login && shown.Skip(1).SequenceEqual([login.User, login.Password])
                    ? "235 Welcome"
                    : "535 5.7.8 Who are you?"
            );
        }

        private Task BeginAsync(string line)
        {
            _recipients.Clear();
            _sender = AddressIn(line);
            return SayAsync("250 OK");
        }

        private Task AddAsync(string recipient)
        {
            var reply = _options.ReplyToRecipient(recipient);
            if (reply.StartsWith('2'))
            {
                _recipients.Add(recipient);
            }

            return SayAsync(reply);
        }

        private async Task TakeAsync()
        {
            await SayAsync("354 Go ahead");
            var text = new StringBuilder();
            while (await ReadLineAsync() is { } line && line != ".")
            {
                text.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
            }

            if (_options.ReplyToMail.StartsWith('2'))
            {
                server._mail.Writer.TryWrite(new TakenMail(_sender, [.. _recipients], text.ToString(), _isEncrypted));
            }

            await SayAsync(_options.ReplyToMail);
        }

        private async Task SayAsync(string text) =>
            await _stream.WriteAsync(Encoding.ASCII.GetBytes($"{text}\r\n"), server._stop.Token);

        // One byte at a time: what follows STARTTLS belongs to TLS.
        private async Task<string?> ReadLineAsync()
        {
            var line = new StringBuilder();
            var one = new byte[1];
            while (await _stream.ReadAsync(one, server._stop.Token) == 1)
            {
                if (one[0] == '\n')
                {
                    return line.ToString().TrimEnd('\r');
                }

                line.Append((char)one[0]);
            }

            return null;
        }

        private static string AddressIn(string line) => line[(line.IndexOf('<') + 1)..line.IndexOf('>')];
    }
}

/// <summary>How a mail server behaves.</summary>
internal sealed record MailServerOptions
{
    /// <summary>The certificate; null for none, so that nothing is encrypted.</summary>
    public SslStreamCertificateContext? Certificate { get; init; }

    /// <summary>Whether the connection is encrypted from its first byte.</summary>
    public bool EncryptsAtOnce { get; init; }

    public bool OffersStartTls => Certificate is not null && !EncryptsAtOnce;

    /// <summary>Who may sign in; null where nobody can.</summary>
    public (string User, string Password)? Login { get; init; }

    public Func<string, string> ReplyToRecipient { get; init; } = _ => "250 OK";

    public string ReplyToMail { get; init; } = "250 Taken";

    /// <summary>Makes the certificate of a server from its files.</summary>
    public static SslStreamCertificateContext CertificateOf(string chainFile, string keyFile)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(chainFile);
        var leaf = X509Certificate2.CreateFromPemFile(chainFile, keyFile);
        return SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true);
    }
}

/// <summary>Mail that the server has taken.</summary>
/// <param name="Text">The headers and the body, each byte as a character of its own.</param>
/// <param name="IsEncrypted">Whether the mail came by TLS.</param>
internal sealed record TakenMail(string Sender, IReadOnlyList<string> Recipients, string Text, bool IsEncrypted);
