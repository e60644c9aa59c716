using ScheduleZero.Edges;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Host.Tests.Edges;

/// <summary>What is told of a file of CURVE keys.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CurveClientsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-clients-").FullName;
    private readonly CurvePublicKey _key = CurveKeyPair.Generate().Public;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_problem_of_the_file_is_told_once_while_it_lasts_and_again_when_it_returns()
    {
        var path = Path.Combine(_folder, "allowed");
        File.WriteAllText(path, _key.Text);
        var told = new List<string>();
        var clients = new CurveClients(
            new CurveAllowList(path, TimeProvider.System),
            static _ => false,
            static () => 0,
            told.Add
        );
        for (var i = 1; i <= 2; i++)
        {
            File.WriteAllText(path, "no key");
            for (var j = 0; j < 5; j++)
            {
                clients.HaveChanged();
                Assert.That(clients.Allows(_key), Is.True);
            }

            Assert.That(told, Has.Count.EqualTo(i).And.All.Contains("Line 1"));
            File.WriteAllText(path, _key.Text);
            clients.HaveChanged();
        }
    }
}
