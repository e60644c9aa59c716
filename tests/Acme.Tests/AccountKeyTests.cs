using System.Buffers.Text;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using ScheduleZero.Acme.Files;
using ScheduleZero.Acme.Wire;

namespace ScheduleZero.Acme.Tests;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")] // Which has no modes of files.
public sealed class AccountKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-acme-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_thumbprint_of_the_key_in_RFC_7517_is_the_known_one()
    {
        using var example = ECDsa.Create(
            new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                D = Base64Url.DecodeFromChars("870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"),
                Q = new ECPoint
                {
                    X = Base64Url.DecodeFromChars("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"),
                    Y = Base64Url.DecodeFromChars("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"),
                },
            }
        );
        using var key = AccountKey.OfPem(example.ExportPkcs8PrivateKeyPem());
        Assert.That(key.Thumbprint, Is.EqualTo("cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"));
    }

    [Test]
    public void A_key_is_made_once_for_its_owner_only()
    {
        var folder = new AcmeFolder(_folder);
        using var made = folder.ReadOrCreateAccountKey();
        using var read = folder.ReadOrCreateAccountKey();
        Assert.That(read.Thumbprint, Is.EqualTo(made.Thumbprint));
        Assert.That(
            File.GetUnixFileMode(folder.AccountKeyPath),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite)
        );
    }

    [TestCase("", UnixFileMode.None, "holds no account key")]
    [TestCase("garbage", UnixFileMode.None, "holds no account key")]
    [TestCase("garbage", UnixFileMode.GroupRead, "chmod 600")]
    public void A_file_that_cannot_be_used_is_said_and_not_replaced(string text, UnixFileMode more, string words)
    {
        var folder = new AcmeFolder(_folder);
        File.WriteAllText(folder.AccountKeyPath, text);
        File.SetUnixFileMode(folder.AccountKeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        Assert.That(folder.ReadOrCreateAccountKey, Throws.TypeOf<IOException>().With.Message.Contains(words));
        Assert.That(File.ReadAllText(folder.AccountKeyPath), Is.EqualTo(text));
    }

    [TestCase("https://ca.example/dir", "one.example", null)]
    [TestCase("https://ca.example/dir", "192.0.2.1", null)]
    [TestCase("http://ca.example/dir", "one.example", "https://")]
    [TestCase("https://ca.example/dir", "*.one.example", "wildcard")]
    [TestCase("https://ca.example/dir", "one..example", "no host name")]
    [TestCase("https://ca.example/dir", "zürich.example", "xn--")]
    public void Settings_that_cannot_be_right_are_said(string directory, string name, string? words)
    {
        var settings = new AcmeSettings
        {
            Directory = new Uri(directory),
            Names = [name],
            Folder = _folder,
        };
        Assert.That(settings.FindMistake(), words is null ? Is.Null : Does.Contain(words));
    }
}
