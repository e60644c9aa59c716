using System.Security.Cryptography;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Files;

namespace ScheduleZero.HandlerAgent.Identity;

/// <summary>An identity in use, by this process alone.</summary>
internal sealed class AgentIdentity : IDisposable
{
    private readonly string _path;
    private readonly IDisposable _lock;
    private readonly ECDsa _key;
    private IdentityFile _kept;

    private AgentIdentity(string path, IDisposable @lock, IdentityFile kept)
    {
        (_path, _lock, _kept) = (path, @lock, kept);
        _key = kept.OpenKey();
    }

    public string KeyId => _kept.KeyId;

    /// <exception cref="IdentityException">The file is not good, or another process uses it.</exception>
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
    /// <exception cref="IdentityException">The nonce is another Broker's: a signature for it could be carried
    /// there.</exception>
    public Hello Prove(Hello hello, Nonce nonce)
    {
        RequireOwnBroker(nonce);
        var proof = new HelloProof(_kept.KeyId, nonce.Value, _kept.Generation, "");
        return hello with
        {
            Proof = proof with
            {
                Signature = KeyProofs.Sign(_key, KeyProofs.TextOfHello(nonce.BrokerId, hello, proof)),
            },
        };
    }

    /// <summary>Keeps the generation for the next Hello; on the disk when it returns.</summary>
    /// <exception cref="IdentityException">It cannot be kept, so the session must not be used.</exception>
    public void Keep(long generation)
    {
        var next = _kept with { Generation = generation };
        next.Write(_path);
        _kept = next;
    }

    /// <summary>
    /// The key that shall take this one's place: that of a rotation that was cut short, or a new one. The caller
    /// disposes it.
    /// </summary>
    /// <exception cref="IdentityException">It cannot be kept.</exception>
    public ECDsa KeepNextKey()
    {
        if (_kept.NextPrivateKey is not null)
        {
            return (_kept with { PrivateKey = _kept.NextPrivateKey }).OpenKey();
        }

        var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var kept = _kept with { NextPrivateKey = next.ExportPkcs8PrivateKey() };
        kept.Write(_path);
        _kept = kept;
        return next;
    }

    /// <summary>Signs the next key with this one, and with itself.</summary>
    /// <exception cref="IdentityException">The nonce is another Broker's.</exception>
    public Rotate Succeed(ECDsa next, Nonce nonce)
    {
        RequireOwnBroker(nonce);
        var rotate = new Rotate(
            _kept.KeyId,
            nonce.Value,
            _kept.Generation,
            KeyProofs.Encode(next.ExportSubjectPublicKeyInfo()),
            "",
            ""
        );
        var text = KeyProofs.TextOfRotate(nonce.BrokerId, rotate);
        return rotate with { Proof = KeyProofs.Sign(_key, text), NewProof = KeyProofs.Sign(next, text) };
    }

    /// <summary>From now on the file is that of the next key.</summary>
    /// <exception cref="IdentityException">It cannot be kept; rotate again.</exception>
    public void Become(Rotated rotated, ECDsa next) =>
        (
            _kept with
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

    private void RequireOwnBroker(Nonce nonce)
    {
        if (nonce.BrokerId != _kept.BrokerId)
        {
            throw new IdentityException($"This is not the Broker that handler {_kept.Handler} enrolled with.");
        }
    }

    // Two that start from one file would look like a theft to the Broker.
    private static IDisposable Lock(string path)
    {
        if (!File.Exists(path))
        {
            throw new IdentityException($"There is no identity file {path}; make one with: schedulezero agent enroll");
        }

        try
        {
            return FileLock.Take($"{path}.lock");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdentityException(
                $"The identity {path} is in use by another agent, or its folder cannot be written: {e.Message}"
            );
        }
    }
}
