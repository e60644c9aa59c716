using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using ScheduleZero.Acme.Files;
using ScheduleZero.Acme.Orders;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Acme.Tests.Listeners;

/// <summary>What the tests of listeners share: a folder, the files in it, and the time of orders.</summary>
[UnsupportedOSPlatform("windows")] // Which has no modes of files.
public abstract class AcmeFixture
{
    internal const string Name = "one.example";
    internal const string OtherName = "two.example";

    private protected string Folder { get; } = Directory.CreateTempSubdirectory("schedulezero-acme-").FullName;

    /// <summary>The time of orders and renewals. The listeners have the machine's.</summary>
    private protected TestTime Time { get; } = new();

    private protected TestLog Log { get; } = new();

    [TearDown]
    public void DeleteFolder() => Directory.Delete(Folder, recursive: true);

    /// <summary>The settings of a certificate from a CA.</summary>
    /// <param name="root">The root that the directory's own certificate leads to.</param>
    private protected TlsAcmeSettings Order(string directory, X509Certificate2 root, params string[] names)
    {
        var file = Path.Combine(Folder, "directory-root.pem");
        File.WriteAllText(file, root.ExportCertificatePem());
        return new TlsAcmeSettings
        {
            Names = names,
            Directory = directory,
            Folder = Path.Combine(Folder, "acme"),
            AgreesToTerms = true,
            Email = "ops@example.org",
            CaFile = file,
            Time = Time,
        };
    }

    /// <summary>Stores a certificate as an earlier run of the server would have.</summary>
    /// <param name="age">How long ago the certificate was issued; it lives 90 days.</param>
    internal static void Store(TlsAcmeSettings order, TestAuthority authority, TimeSpan age) =>
        new AcmeFolder(order.ToOrder().Folder).Save(Issue(order, authority, age));

    internal static IssuedCertificate Issue(TlsAcmeSettings order, TestAuthority authority, TimeSpan age)
    {
        var request = SigningRequest.For(order.Names);
        var leaf = authority.Sign(request.Der, TimeProvider.System.GetUtcNow() - age, TimeSpan.FromDays(90));
        return IssuedCertificate.TryRead(leaf.ExportCertificatePem(), request.KeyPem, out var fault)
            ?? throw new AssertionException(fault!);
    }

    /// <summary>Lets the time pass until a line is in the log: over the pauses after attempts that failed.</summary>
    private protected async Task PassUntilLoggedAsync(int id)
    {
        var logged = Log.FirstAsync(id);
        while (!logged.IsCompleted)
        {
            if (Time.SleepEnd - Time.GetUtcNow() is var rest && rest > TimeSpan.Zero)
            {
                Time.Advance(rest);
            }

            await Task.WhenAny(logged, Time.NextSleepAsync());
        }

        await logged;
    }

    internal static void RequirePebble()
    {
        if (!Pebble.IsInstalled)
        {
            Assert.Ignore("Pebble is not here: tests/install-tools.sh installs it from Debian.");
        }
    }
}
