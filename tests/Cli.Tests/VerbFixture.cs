using System.Text.Json;

namespace ScheduleZero.Cli.Tests;

/// <summary>The cases of a <see cref="VerbFixture{TFixture}"/>.</summary>
internal interface IVerbCases
{
    /// <summary>
    /// One case for each form of each verb: the request, the answer to the request, and the words that are typed.
    /// </summary>
    static abstract IEnumerable<TestCaseData> Cases { get; }
}

/// <summary>The tests that hold for each verb of a noun, and what the fixtures of verbs share.</summary>
/// <typeparam name="TFixture">The fixture itself, which names the cases.</typeparam>
internal abstract class VerbFixture<TFixture> : CliFixture
    where TFixture : IVerbCases
{
    /// <summary>The path of the namespace that the verbs act in.</summary>
    protected const string Ns = "/api/namespaces/default";

    protected static IEnumerable<TestCaseData> Verbs() => TFixture.Cases;

    /// <param name="request">The method and the target of the first request that the verb has to send.</param>
    /// <param name="answer">The body of the answer to the request.</param>
    /// <param name="words">The words that are typed, with a blank between.</param>
    /// <param name="more">Further words, which may hold blanks.</param>
    protected static TestCaseData Case(string request, string answer, string words, params string[] more)
    {
        string[] args = [.. words.Split(' '), .. more];
        return new TestCaseData(request, answer, args).SetArgDisplayNames(string.Join(' ', args));
    }

    [TestCaseSource(nameof(Verbs))]
    public async Task A_verb_asks_what_its_words_say(string request, string answer, string[] args)
    {
        Server.Answer(answer);
        var outcome = await RunAsync(args);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Server.Requests[0].Line, Is.EqualTo(request));
        Assert.That(Server.Requests[0].Headers.Authorization.ToString(), Is.EqualTo($"Bearer {Key}"));
        Assert.That(outcome.Out, Does.Not.Contain("\u001b"), "no colours when nobody looks");
    }

    [TestCaseSource(nameof(Verbs))]
    public async Task A_verb_with_output_json_prints_json_or_nothing(string request, string answer, string[] args)
    {
        Server.Answer(answer);
        var outcome = await RunAsync([.. args, "-o", "json"]);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        if (
            !request.StartsWith("DELETE", StringComparison.Ordinal)
            && !request.Contains("format=csv", StringComparison.Ordinal)
        )
        {
            Assert.That(() => JsonDocument.Parse(outcome.Out).Dispose(), Throws.Nothing, outcome.Out);
        }
    }
}
