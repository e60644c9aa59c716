using System.Runtime.InteropServices;

namespace ScheduleZero.Zmtp.Curve;

/// <summary>
/// The functions of libsodium that CURVE needs: X25519 for keys, XSalsa20 and Poly1305 for boxes. All are safe from any
/// thread.
/// </summary>
internal static partial class Sodium
{
    private const string Library = "libsodium";

    static Sodium()
    {
        if (sodium_init() < 0)
        {
            throw new InvalidOperationException("libsodium could not be initialised.");
        }
    }

    /// <summary>Bytes of a public key, of a secret key, and of a shared key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes of a nonce.</summary>
    public const int NonceBytes = 24;

    /// <summary>Bytes by which a box is longer than its message.</summary>
    public const int MacBytes = 16;

    /// <summary>Makes a new key pair from the system's random source.</summary>
    public static void NewKeyPair(Span<byte> publicKey, Span<byte> secretKey)
    {
        RequireLength(publicKey, KeyBytes);
        RequireLength(secretKey, KeyBytes);
        Require(crypto_box_keypair(publicKey, secretKey));
    }

    /// <summary>Computes the public key that belongs to a secret key.</summary>
    public static void PublicKeyOf(ReadOnlySpan<byte> secretKey, Span<byte> publicKey)
    {
        RequireLength(secretKey, KeyBytes);
        RequireLength(publicKey, KeyBytes);
        Require(crypto_scalarmult_base(publicKey, secretKey));
    }

    /// <summary>Computes the key that two parties share.</summary>
    /// <returns>False for a public key of low order, which no honest peer has.</returns>
    public static bool TryShare(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> secretKey, Span<byte> sharedKey)
    {
        RequireLength(publicKey, KeyBytes);
        RequireLength(secretKey, KeyBytes);
        RequireLength(sharedKey, KeyBytes);
        return crypto_box_beforenm(sharedKey, publicKey, secretKey) == 0;
    }

    /// <summary>Seals a message into <paramref name="box"/>, which may overlap with the message.</summary>
    public static void Seal(
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> sharedKey,
        Span<byte> box
    )
    {
        RequireLength(box, message.Length + MacBytes);
        RequireLength(nonce, NonceBytes);
        RequireLength(sharedKey, KeyBytes);
        Require(crypto_box_easy_afternm(box, message, (ulong)message.Length, nonce, sharedKey));
    }

    /// <summary>Opens a box into <paramref name="message"/>.</summary>
    /// <returns>False when the box was not sealed with this key and nonce, or was altered.</returns>
    public static bool TryOpen(
        ReadOnlySpan<byte> box,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> sharedKey,
        Span<byte> message
    )
    {
        if (box.Length < MacBytes)
        {
            return false;
        }

        RequireLength(message, box.Length - MacBytes);
        RequireLength(nonce, NonceBytes);
        RequireLength(sharedKey, KeyBytes);
        return crypto_box_open_easy_afternm(message, box, (ulong)box.Length, nonce, sharedKey) == 0;
    }

    // The native code trusts the lengths.
    private static void RequireLength(ReadOnlySpan<byte> bytes, int length) =>
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, length);

    private static void Require(int result)
    {
        if (result != 0)
        {
            throw new InvalidOperationException("libsodium refused a call that cannot fail.");
        }
    }

    [LibraryImport(Library)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    private static partial int crypto_box_keypair(Span<byte> publicKey, Span<byte> secretKey);

    [LibraryImport(Library)]
    private static partial int crypto_scalarmult_base(Span<byte> publicKey, ReadOnlySpan<byte> secretKey);

    [LibraryImport(Library)]
    private static partial int crypto_box_beforenm(
        Span<byte> sharedKey,
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> secretKey
    );

    [LibraryImport(Library)]
    private static partial int crypto_box_easy_afternm(
        Span<byte> box,
        ReadOnlySpan<byte> message,
        ulong messageBytes,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> sharedKey
    );

    [LibraryImport(Library)]
    private static partial int crypto_box_open_easy_afternm(
        Span<byte> message,
        ReadOnlySpan<byte> box,
        ulong boxBytes,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> sharedKey
    );
}
