using System.Security.Cryptography;
using System.Text;

namespace ScheduleZero.Contracts;

/// <summary>
/// The short name of a public CURVE key: the key itself has characters that no address of the web may have.
/// </summary>
public static class CurveKeyId
{
    /// <summary>The first 12 hexadecimal digits of the SHA-256 of the key's text.</summary>
    public static string Of(string publicKey) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(publicKey)).AsSpan(0, 6));
}
