using System.Text.RegularExpressions;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Architecture.Tests;

/// <summary>The types of broker events that filters take, beside those that Core publishes.</summary>
public sealed class EventTypeTests
{
    // Lines of logs have streams of their own; an event about the clock belongs to no namespace.
    private static readonly string[] NotInStreams = ["job.log"];

    [Test]
    public void Every_type_that_Core_publishes_is_known_and_no_other()
    {
        var kinds = string.Join('|', EventTypes.Kinds);
        var literal = new Regex($"\"((?:{kinds})\\.[a-zA-Z]+)\"");
        var published = SourceFiles
            .OfProduct.Where(file => file.Replace('\\', '/').StartsWith("Broker/Core/", StringComparison.Ordinal))
            .SelectMany(file => literal.Matches(File.ReadAllText(SourceFiles.FullPath(file))))
            .Select(match => match.Groups[1].Value)
            .Except(NotInStreams);
        Assert.That(EventTypes.All, Is.EquivalentTo(published));
    }
}
