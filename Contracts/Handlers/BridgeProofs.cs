using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ScheduleZero.Contracts.Handlers;

/// <summary>
/// The two proofs of the link's handshake: HMAC-SHA-256 under the hash of the bridge key's secret, bound to the role
/// and both nonces.
/// </summary>
public static class BridgeProofs
{
    public static string OfBroker(byte[] secretHash, string bridgeNonce, string brokerNonce) =>
        Prove(secretHash, "broker", bridgeNonce, brokerNonce);

    public static string OfBridge(byte[] secretHash, string bridgeNonce, string brokerNonce) =>
        Prove(secretHash, "bridge", bridgeNonce, brokerNonce);

    /// <summary>Compares two proofs in fixed time.</summary>
    public static bool AreEqual(string expected, string? given) =>
        given is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(given));

    public static string NewNonce() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));

    private static string Prove(byte[] secretHash, string role, string bridgeNonce, string brokerNonce) =>
        Base64Url.EncodeToString(
            HMACSHA256.HashData(secretHash, Encoding.UTF8.GetBytes($"SZ1|{role}|{bridgeNonce}|{brokerNonce}"))
        );
}
