namespace ScheduleZero.Acme;

/// <summary>How the CA checks that a name leads to this machine.</summary>
internal enum ChallengeKind
{
    /// <summary>HTTP-01: the CA fetches a text from port 80 of the name (RFC 8555, 8.3).</summary>
    Http01,

    /// <summary>TLS-ALPN-01: the CA shakes hands on port 443 of the name and looks at a certificate (RFC 8737).
    /// </summary>
    TlsAlpn01,
}
