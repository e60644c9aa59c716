using Microsoft.Extensions.Logging;
using ScheduleZero.Certificates;

namespace ScheduleZero.Edges.Tls;

/// <summary>
/// Certificates in files. Changed files are noticed at new connections, at most once a second, and serve from then on.
/// Files that do not fit together, such as half-written ones, leave the earlier certificate in use.
/// </summary>
internal sealed class CertificateFiles : ICertificateSource
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();

    /// <summary>The certificates in the order of the settings. Guarded by the gate.</summary>
    private readonly Entry[] _entries;

    /// <summary>
    /// When the files were last looked at, as a timestamp of the clock. Changed from several threads.
    /// </summary>
    private long _checkedAt;

    /// <summary>The certificates in use, in the order of the files. Replaced as a whole.</summary>
    private volatile ServerCertificate[] _current;

    /// <summary>Loads all certificates, and warns of what clients will find wrong with them.</summary>
    /// <exception cref="IOException">A certificate cannot be loaded.</exception>
    public CertificateFiles(IEnumerable<CertificateFile> files, TimeProvider time, ILogger log)
    {
        (_time, _log) = (time, log);
        _entries = [.. files.Select(file => new Entry(file))];
        foreach (var entry in _entries)
        {
            Warn(entry.File, entry.Certificate);
        }

        _current = Certificates();
        _checkedAt = time.GetTimestamp();
    }

    public IReadOnlyList<ServerCertificate> Current()
    {
        Refresh();
        return _current;
    }

    public bool Awaits(string host) => false;

    public IEnumerable<CertificateState> States()
    {
        Refresh();
        lock (_gate)
        {
            return
            [
                .. _entries.Select(entry => new CertificateState(
                    entry.File.Path,
                    entry.Certificate.Names.All,
                    entry.Certificate.ValidUntil,
                    entry.Problem is null ? 0 : 1,
                    entry.Problem ?? entry.Certificate.TimeProblem(_time.GetUtcNow())
                )),
            ];
        }
    }

    /// <summary>Warns of each certificate that ends soon. Called from time to time.</summary>
    public void WarnOfEnds()
    {
        Refresh();
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            foreach (var entry in _entries.Where(entry => now >= entry.Certificate.WarnAt))
            {
                _log.CertificateEndsSoon(
                    entry.File.Path,
                    entry.Certificate.Names.ToString(),
                    entry.Certificate.ValidUntil
                );
            }
        }
    }

    private ServerCertificate[] Certificates() => [.. _entries.Select(entry => entry.Certificate)];

    /// <summary>
    /// Looks at the files, unless that was done within the second. One thread does so; others go on with what is there.
    /// </summary>
    private void Refresh()
    {
        var last = Interlocked.Read(ref _checkedAt);
        var now = _time.GetTimestamp();
        if (
            _time.GetElapsedTime(last, now) < CheckEvery
            || Interlocked.CompareExchange(ref _checkedAt, now, last) != last
        )
        {
            return;
        }

        lock (_gate)
        {
            foreach (var entry in _entries)
            {
                Refresh(entry);
            }

            _current = Certificates();
        }
    }

    private void Refresh(Entry entry)
    {
        try
        {
            if (entry.TryRenew(_time.GetUtcNow()))
            {
                _log.CertificateLoaded(
                    entry.File.Path,
                    entry.Certificate.Names.ToString(),
                    entry.Certificate.ValidUntil
                );
                Warn(entry.File, entry.Certificate);
            }

            entry.Problem = null;
        }
        catch (IOException e)
        {
            // The same problem is found every second until somebody mends it, and written once.
            if (entry.Problem != e.Message)
            {
                _log.CertificateNotLoaded(entry.File.Path, e.Message);
            }

            entry.Problem = e.Message;
        }
    }

    private void Warn(CertificateFile file, ServerCertificate certificate)
    {
        if (certificate.TimeProblem(_time.GetUtcNow()) is { } problem)
        {
            _log.CertificateOdd(file.Path, problem);
        }

        foreach (var oddity in certificate.Oddities())
        {
            _log.CertificateOdd(file.Path, oddity);
        }
    }

    /// <summary>A certificate's files, and what was last loaded of them. Guarded by the gate.</summary>
    private sealed class Entry
    {
        private byte[] _digest;

        public Entry(CertificateFile file)
        {
            File = file;
            var bytes = file.Read();
            (_digest, Certificate) = (bytes.Digest(), ServerCertificate.Load(file, bytes));
        }

        public CertificateFile File { get; }

        public ServerCertificate Certificate { get; private set; }

        /// <summary>
        /// What kept the files from being loaded when they were last looked at; null when nothing did.
        /// </summary>
        public string? Problem { get; set; }

        /// <summary>Loads the files if they have changed.</summary>
        /// <returns>Whether another certificate was loaded.</returns>
        /// <exception cref="IOException">
        /// The files cannot be loaded, or hold a certificate that is not valid now in place of one that is.
        /// </exception>
        public bool TryRenew(DateTimeOffset now)
        {
            var bytes = File.Read();
            var digest = bytes.Digest();
            if (digest.AsSpan().SequenceEqual(_digest))
            {
                return false;
            }

            var certificate = ServerCertificate.Load(File, bytes);
            if (certificate.TimeProblem(now) is { } problem && Certificate.TimeProblem(now) is null)
            {
                throw new IOException($"The new certificate {problem}");
            }

            (_digest, Certificate) = (digest, certificate);
            return true;
        }
    }
}
