using System.Security.Cryptography;
using System.Text;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Sealing.Tests;

/// <summary>The two sides of a session.</summary>
internal sealed class Sides : IDisposable
{
    public const string Transcript = "SZ1|seal|broker-1|0123456789ab|nonce-1|a|b";

    private readonly SealScratch _scratch = new();

    public Sides(SealBounds? bounds = null, string transcript = Transcript)
    {
        using var handler = SealHandshake.Begin();
        using var broker = SealHandshake.Begin();
        (Handler, Broker) = Finish(handler, broker, transcript, bounds);
    }

    private Sides(SealedChannel handler, SealedChannel broker) => (Handler, Broker) = (handler, broker);

    public SealedChannel Handler { get; }

    public SealedChannel Broker { get; }

    /// <summary>Makes a session of key pairs that are known.</summary>
    public static Sides Known()
    {
        using var handler = SealHandshake.With(KeyOf(1));
        using var broker = SealHandshake.With(KeyOf(33));
        var text = SealProofs.TextOfAnswer(
            "0123456789ab",
            new Nonce("nonce-1", "broker-1"),
            new SealOffer(handler.PublicKey),
            broker.PublicKey
        );
        var (ofHandler, ofBroker) = Finish(handler, broker, text, null);
        return new Sides(ofHandler, ofBroker);
    }

    public static byte[] Seal(SealedChannel channel, string plain, MessageKind kind = MessageKind.Report) =>
        channel.Seal(kind, Encoding.UTF8.GetBytes(plain)) ?? throw new InvalidOperationException("Nothing was sealed.");

    /// <summary>Opens a body: what was sealed, or the word of the fault.</summary>
    public string Open(SealedChannel channel, byte[] body, MessageKind kind = MessageKind.Report)
    {
        var fault = channel.Inward.Open(kind, body, _scratch, out var plain);
        Assert.That(fault == SealFault.None || plain.IsEmpty, Is.True, "What is refused shows nothing.");
        return fault == SealFault.None ? Encoding.UTF8.GetString(plain.Span) : SealFaults.Word(fault);
    }

    public void Dispose()
    {
        Handler.Dispose();
        Broker.Dispose();
    }

    private static (SealedChannel Handler, SealedChannel Broker) Finish(
        SealHandshake handler,
        SealHandshake broker,
        string transcript,
        SealBounds? bounds
    )
    {
        bounds ??= SealBounds.Default;
        Assert.That(
            handler.TryFinish(broker.PublicKey, transcript, isBroker: false, bounds, out var ofHandler)
                & broker.TryFinish(handler.PublicKey, transcript, isBroker: true, bounds, out var ofBroker)
        );
        return (ofHandler!, ofBroker!);
    }

    private static ECParameters KeyOf(int first)
    {
        var secret = Enumerable.Range(first, 32).Select(i => (byte)i).ToArray();
        using var key = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = secret });
        return key.ExportParameters(includePrivateParameters: true);
    }
}
