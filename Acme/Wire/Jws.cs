using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ScheduleZero.Acme.Wire;

/// <summary>Signed requests (RFC 7515, in the flattened JSON form that RFC 8555 asks for).</summary>
internal static class Jws
{
    /// <summary>Signs a request to the CA.</summary>
    /// <param name="account">The account's address; null for the requests that find or create the account, which carry
    /// the public key instead.</param>
    /// <param name="payload">JSON; empty for a POST that stands for a GET.</param>
    public static byte[] Sign(AccountKey key, Uri? account, string nonce, Uri url, ReadOnlySpan<byte> payload)
    {
        var header = Write(json =>
        {
            json.WriteString("alg", "ES256");
            json.WriteString("nonce", nonce);
            json.WriteString("url", url.AbsoluteUri);
            if (account is null)
            {
                json.WritePropertyName("jwk");
                json.WriteRawValue(key.Jwk);
            }
            else
            {
                json.WriteString("kid", account.AbsoluteUri);
            }
        });
        return Flatten(header, payload, key.Sign);
    }

    /// <summary>Signs the account's public key with the key of an external account (HS256; RFC 8555, 7.3.4).</summary>
    public static byte[] Bind(ExternalAccount external, AccountKey key, Uri newAccount)
    {
        var header = Write(json =>
        {
            json.WriteString("alg", "HS256");
            json.WriteString("kid", external.KeyId);
            json.WriteString("url", newAccount.AbsoluteUri);
        });
        return Flatten(
            header,
            Encoding.ASCII.GetBytes(key.Jwk),
            signed => HMACSHA256.HashData(external.Key.Span, signed)
        );
    }

    private delegate byte[] Signer(ReadOnlySpan<byte> signed);

    private static byte[] Flatten(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, Signer sign)
    {
        var (protectedText, payloadText) = (Base64Url.EncodeToString(header), Base64Url.EncodeToString(payload));
        var signature = sign(Encoding.ASCII.GetBytes($"{protectedText}.{payloadText}"));
        return Write(json =>
        {
            json.WriteString("protected", protectedText);
            json.WriteString("payload", payloadText);
            json.WriteString("signature", Base64Url.EncodeToString(signature));
        });
    }

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }
}
