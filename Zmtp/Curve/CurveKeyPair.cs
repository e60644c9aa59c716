namespace ScheduleZero.Zmtp.Curve;

/// <summary>
/// A long-term key pair of CURVE. The secret half leaves this object only by <see cref="SecretText"/>.
/// </summary>
internal sealed class CurveKeyPair
{
    private readonly byte[] _secret;

    private CurveKeyPair(byte[] secret, CurvePublicKey publicKey)
    {
        _secret = secret;
        Public = publicKey;
    }

    public CurvePublicKey Public { get; }

    /// <summary>The secret key: 32 bytes.</summary>
    public ReadOnlySpan<byte> Secret => _secret;

    /// <summary>The secret key in 40 characters of Z85, for its file.</summary>
    public string SecretText => Z85.Encode(_secret);

    public static CurveKeyPair Generate()
    {
        Span<byte> publicKey = stackalloc byte[Sodium.KeyBytes];
        var secret = new byte[Sodium.KeyBytes];
        Sodium.NewKeyPair(publicKey, secret);
        return new CurveKeyPair(secret, new CurvePublicKey(publicKey));
    }

    /// <param name="secret">32 bytes. The pair keeps a copy.</param>
    public static CurveKeyPair OfSecret(ReadOnlySpan<byte> secret)
    {
        Span<byte> publicKey = stackalloc byte[Sodium.KeyBytes];
        Sodium.PublicKeyOf(secret, publicKey);
        return new CurveKeyPair(secret.ToArray(), new CurvePublicKey(publicKey));
    }

    /// <summary>Names the public key only, so that no log can hold the secret one.</summary>
    public override string ToString() => Public.Text;
}
