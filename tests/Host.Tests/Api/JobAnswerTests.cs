using System.Net;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>The form of the answer to a submitted job.</summary>
[Parallelizable]
public sealed class JobAnswerTests
{
    private ApiHost _host = null!;

    [SetUp]
    public async Task StartAsync() => _host = await ApiHost.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task A_small_answer_comes_in_one_piece_with_its_length()
    {
        const int length = 900;
        using var response = await _host.Admin.PostTextAsync(
            ApiHost.Jobs,
            $$"""{"method":"m","params":"{{new string('p', length)}}"}"""
        );
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(response.Content.Headers.ContentType!.ToString(), Is.EqualTo("application/json; charset=utf-8"));
        Assert.That(response.Content.Headers.ContentLength, Is.GreaterThan(length));
        Assert.That((await response.BodyAsync()).GetProperty("params").GetString(), Has.Length.EqualTo(length));
    }
}
