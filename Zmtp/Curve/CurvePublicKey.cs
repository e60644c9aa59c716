using System.Diagnostics.CodeAnalysis;

namespace ScheduleZero.Zmtp.Curve;

/// <summary>A public key of CURVE: 32 bytes, as text 40 characters of Z85. Equal by value.</summary>
internal sealed class CurvePublicKey : IEquatable<CurvePublicKey>
{
    private readonly byte[] _bytes;

    public CurvePublicKey(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Sodium.KeyBytes);
        _bytes = bytes.ToArray();
        Text = Z85.Encode(bytes);
    }

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>40 characters of Z85.</summary>
    public string Text { get; }

    public static bool TryParse(string? text, [NotNullWhen(true)] out CurvePublicKey? key)
    {
        key =
            text is { Length: Sodium.KeyBytes / 4 * 5 } && Z85.TryDecode(text, out var bytes)
                ? new CurvePublicKey(bytes)
                : null;
        return key is not null;
    }

    public bool Equals(CurvePublicKey? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as CurvePublicKey);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;
}
