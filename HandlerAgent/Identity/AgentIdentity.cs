using System.Security.Cryptography;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Identity;

/// <summary>The identity of an agent that enrolled, in use by this process alone.</summary>
internal sealed class AgentIdentity : IDisposable
{
    private readonly string _path;
    private readonly IDisposable _lock;
    private readonly ECDsa _key;
    private IdentityFile _stored;

    private AgentIdentity(string path, IDisposable @lock, IdentityFile stored)
    {
        (_path, _lock, _stored) = (path, @lock, stored);
        _key = stored.OpenKey();
    }

    public string KeyId => _stored.KeyId;

    /// <summary>The key by which the Broker proves who it is; null where the enrolment did not bring it.</summary>
    public AuditKey? BrokerKey => _stored.BrokerKey;

    /// <summary>Whether the newest session was sealed.</summary>
    public bool WasSealed => _stored.Sealed;

    /// <summary>Locks and reads an identity file.</summary>
    /// <exception cref="IdentityException">The file cannot be used, or another process uses it.</exception>
    public static AgentIdentity Open(string path)
    {
        var @lock = Lock(path);
        try
        {
            return new AgentIdentity(path, @lock, IdentityFile.Read(path));
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>The Hello with the proof that the Broker's nonce asks for.</summary>
    /// <param name="seal">The hash of the handshake in whose session the Hello will be sealed; null for none.</param>
    /// <exception cref="IdentityException">
    /// The nonce is from another Broker, to which a signature for it could be carried.
    /// </exception>
    public Hello Prove(Hello hello, Nonce nonce, string? seal)
    {
        RequireOwnBroker(nonce);
        var proof = new HelloProof(_stored.KeyId, nonce.Value, _stored.Generation, "");
        return hello with
        {
            Proof = proof with
            {
                Signature = KeyProofs.Sign(_key, KeyProofs.TextOfHello(nonce.BrokerId, hello, proof, seal)),
            },
        };
    }

    /// <summary>
    /// Stores the generation for the next Hello. The generation is on the disk when the method returns.
    /// </summary>
    /// <param name="isSealed">Whether the session that it came in is sealed.</param>
    /// <exception cref="IdentityException">The file cannot be written, so the session must not be used.</exception>
    public void StoreGeneration(long generation, bool isSealed)
    {
        var next = _stored with { Generation = generation, Sealed = isSealed };
        next.Write(_path);
        _stored = next;
    }

    /// <summary>
    /// Makes the key that shall take this one's place: the key of a rotation that was interrupted, or a new one. The
    /// key is on the disk when the method returns. The caller disposes it.
    /// </summary>
    /// <exception cref="IdentityException">The file cannot be written.</exception>
    public ECDsa StoreNextKey()
    {
        if (_stored.NextPrivateKey is not null)
        {
            return (_stored with { PrivateKey = _stored.NextPrivateKey }).OpenKey();
        }

        var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var stored = _stored with { NextPrivateKey = next.ExportPkcs8PrivateKey() };
        stored.Write(_path);
        _stored = stored;
        return next;
    }

    /// <summary>Signs the next key with this one, and with itself.</summary>
    /// <exception cref="IdentityException">The nonce is from another Broker.</exception>
    public Rotate Succeed(ECDsa next, Nonce nonce)
    {
        RequireOwnBroker(nonce);
        var rotate = new Rotate(
            _stored.KeyId,
            nonce.Value,
            _stored.Generation,
            KeyProofs.Encode(next.ExportSubjectPublicKeyInfo()),
            "",
            ""
        );
        var text = KeyProofs.TextOfRotate(nonce.BrokerId, rotate);
        return rotate with { Proof = KeyProofs.Sign(_key, text), NewProof = KeyProofs.Sign(next, text) };
    }

    /// <summary>Replaces the file's key by the next one.</summary>
    /// <exception cref="IdentityException">The file cannot be written; rotate again.</exception>
    public void Become(Rotated rotated, ECDsa next) =>
        (
            _stored with
            {
                KeyId = rotated.KeyId,
                Generation = rotated.Generation,
                PrivateKey = next.ExportPkcs8PrivateKey(),
                NextPrivateKey = null,
            }
        ).Write(_path);

    public void Dispose()
    {
        _key.Dispose();
        _lock.Dispose();
    }

    /// <exception cref="IdentityException">The nonce is from another Broker.</exception>
    public void RequireOwnBroker(Nonce nonce)
    {
        if (nonce.BrokerId != _stored.BrokerId)
        {
            throw new IdentityException($"This is not the Broker that handler {_stored.Handler} enrolled with.");
        }
    }

    // Two processes with one identity would look like a theft to the Broker.
    private static IDisposable Lock(string path)
    {
        if (!File.Exists(path))
        {
            throw new IdentityException($"There is no identity file {path}; make one with: schedulezero agent enroll");
        }

        try
        {
            return FileLock.Acquire($"{path}.lock");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdentityException(
                $"The identity {path} is in use by another agent, or its folder cannot be written: {e.Message}"
            );
        }
    }
}
