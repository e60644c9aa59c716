using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using ScheduleZero.Acme.Challenges;

namespace ScheduleZero.Acme.Tests;

public sealed class HandshakeTests
{
    [TestCase(true, "acme-tls/1")]
    [TestCase(false, "h2", "http/1.1")]
    [TestCase(false, "acme-tls/1", "h2")]
    [TestCase(false)]
    public async Task A_handshake_of_the_CA_is_told_from_others(bool isAcme, params string[] protocols)
    {
        var hello = await ReadHelloAsync(protocols);
        Assert.That(AcmeHandshake.IsIn(hello), Is.EqualTo(isAcme));
        // A hello that was cut anywhere is no hello.
        for (var length = 0; length < hello.Length; length++)
        {
            Assert.That(AcmeHandshake.IsIn(hello.AsSpan(0, length)), Is.False);
        }
    }

    [TestCase("one.example", "one.example")]
    [TestCase("192.0.2.1", "1.2.0.192.in-addr.arpa")]
    [TestCase("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public void Addresses_are_asked_for_as_in_the_DNS(string name, string serverName) =>
        Assert.That(AlpnChallengeResponses.ServerNameOf(name), Is.EqualTo(serverName));

    /// <summary>The first record that .NET's client sends.</summary>
    internal static async Task<byte[]> ReadHelloAsync(string[] protocols)
    {
        var (toServer, toClient) = (new Pipe(), new Pipe());
        await using var client = new SslStream(
            new DuplexStream(toClient.Reader.AsStream(), toServer.Writer.AsStream())
        );
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "one.example",
            ApplicationProtocols = [.. protocols.Select(protocol => new SslApplicationProtocol(protocol))],
        };
        var shaking = client.AuthenticateAsClientAsync(options);
        var header = new byte[5];
        var server = toServer.Reader.AsStream();
        await server.ReadExactlyAsync(header);
        var body = new byte[(header[3] << 8) | header[4]];
        await server.ReadExactlyAsync(body);
        await toClient.Writer.CompleteAsync();
        Assert.That(
            async () => await shaking,
            Throws.InstanceOf<IOException>().Or.InstanceOf<AuthenticationException>()
        );
        return [.. header, .. body];
    }

    private sealed class DuplexStream(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
            input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
            output.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override void Flush() => output.Flush();

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
