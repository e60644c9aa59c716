using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Api;

/// <summary>Access tokens that somebody forged or altered: RFC 8725, and known attacks on JWT libraries.</summary>
[Parallelizable]
public sealed class TokenTests
{
    private ApiHost _host = null!;
    private UserRecord _user = null!;
    private string _good = "";

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _host = await ApiHost.StartAsync();
        _user = _host.AddUser("ana", new RoleGrant(Roles.Viewer, Authority.Everywhere));
        (_, _good) = _host.BeginSession(_user);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _host.DisposeAsync();

    [Test]
    public async Task A_token_of_ours_opens() => Assert.That(await StatusOfAsync(_good), Is.EqualTo(HttpStatusCode.OK));

    [Test]
    public async Task A_token_names_no_password_and_no_role()
    {
        Assert.That(
            Payload(_good).Select(claim => claim.Key),
            Is.EquivalentTo(new[] { "sub", "sid", "jti", "auth_time", "amr", "iss", "aud", "iat", "nbf", "exp" })
        );
        Assert.That(Header(_good).Select(field => field.Key), Is.EquivalentTo(new[] { "alg", "typ", "kid" }));
        Assert.That((string?)Header(_good)["alg"], Is.EqualTo("ES256"));
        await Task.CompletedTask;
    }

    private static readonly Dictionary<string, Func<JsonObject, JsonObject, ApiHost, string>> Forgeries = new()
    {
        ["no signature"] = (header, payload, _) => $"{Part(With(header, "alg", "none"))}.{Part(payload)}.",
        ["none in capitals"] = (header, payload, _) => $"{Part(With(header, "alg", "NONE"))}.{Part(payload)}.",
        ["signature cut"] = (header, payload, _) => $"{Part(header)}.{Part(payload)}.",
        ["HMAC with the public key's bytes"] = (header, payload, host) =>
            Hmac(With(header, "alg", "HS256"), payload, PublicKeyOf(host).ExportSubjectPublicKeyInfo()),
        ["HMAC with the public key's PEM"] = (header, payload, host) =>
            Hmac(
                With(header, "alg", "HS256"),
                payload,
                Encoding.ASCII.GetBytes(PublicKeyOf(host).ExportSubjectPublicKeyInfoPem())
            ),
        ["HMAC with nothing"] = (header, payload, _) => Hmac(With(header, "alg", "HS256"), payload, []),
        ["RSA"] = (header, payload, _) => Rsa(With(header, "alg", "RS256"), payload),
        ["another key under our kid"] = (header, payload, _) =>
            Ecdsa(header, payload, ECDsa.Create(ECCurve.NamedCurves.nistP256)),
        ["another key under no kid"] = (header, payload, _) =>
            Ecdsa(Without(header, "kid"), payload, ECDsa.Create(ECCurve.NamedCurves.nistP256)),
        ["a kid that is a path"] = (header, payload, host) =>
            Ours(With(header, "kid", "../../dev/null"), payload, host),
        ["our key under another kid"] = (header, payload, host) =>
            Ours(With(header, "kid", "0000000000000000"), payload, host),
        ["our key under no kid"] = (header, payload, host) => Ours(Without(header, "kid"), payload, host),
        ["a key in the header"] = (header, payload, _) => WithOwnKey(header, payload),
        ["a key elsewhere"] = (header, payload, host) =>
            Ours(With(header, "jku", "http://127.0.0.1:1/keys"), payload, host),
        ["a certificate elsewhere"] = (header, payload, host) =>
            Ours(With(header, "x5u", "http://127.0.0.1:1/cert"), payload, host),
        ["an extension that nobody knows"] = (header, payload, host) =>
            Ours(With(header, "crit", new JsonArray("x")), payload, host),
        ["type JWT"] = (header, payload, host) => Ours(With(header, "typ", "JWT"), payload, host),
        ["no type"] = (header, payload, host) => Ours(Without(header, "typ"), payload, host),
        ["another audience"] = (header, payload, host) => Ours(header, With(payload, "aud", "somebody-else"), host),
        ["no audience"] = (header, payload, host) => Ours(header, Without(payload, "aud"), host),
        ["another issuer"] = (header, payload, host) =>
            Ours(header, With(payload, "iss", "https://evil.example"), host),
        ["no issuer"] = (header, payload, host) => Ours(header, Without(payload, "iss"), host),
        ["expired"] = (header, payload, host) => Ours(header, Shift(payload, TimeSpan.FromMinutes(-10)), host),
        ["of the future"] = (header, payload, host) => Ours(header, Shift(payload, TimeSpan.FromSeconds(2)), host),
        ["without an end"] = (header, payload, host) => Ours(header, Without(payload, "exp"), host),
        ["without a beginning"] = (header, payload, host) => Ours(header, Without(payload, "nbf"), host),
        ["good for years"] = (header, payload, host) =>
            Ours(header, With(payload, "exp", (long)payload["exp"]! + 100_000_000), host),
        ["of a session that is not there"] = (header, payload, host) =>
            Ours(header, With(payload, "sid", Guid.NewGuid().ToString("N")), host),
        ["of no session"] = (header, payload, host) => Ours(header, Without(payload, "sid"), host),
    };

    private static IEnumerable<string> Names() => Forgeries.Keys;

    [TestCaseSource(nameof(Names))]
    public async Task A_forged_token_opens_nothing(string name) =>
        Assert.That(
            await StatusOfAsync(Forgeries[name](Header(_good), Payload(_good), _host)),
            Is.EqualTo(HttpStatusCode.Unauthorized)
        );

    [Test]
    public async Task The_forgers_own_tools_make_good_tokens_from_good_parts() =>
        Assert.That(
            await StatusOfAsync(Ours(Header(_good), Payload(_good), _host)),
            Is.EqualTo(HttpStatusCode.OK),
            "a good token is accepted, or the refusals above would mean nothing"
        );

    [Test]
    public async Task A_token_with_one_bit_flipped_opens_nothing()
    {
        for (var i = 0; i < _good.Length; i += 7)
        {
            var token = _good.ToCharArray();
            if (token[i] == '.')
            {
                continue;
            }

            token[i] = token[i] == 'A' ? 'B' : 'A';
            // The last character of a part may have bits without a meaning.
            if (i + 1 < token.Length && token[i + 1] != '.')
            {
                Assert.That(await StatusOfAsync(new string(token)), Is.EqualTo(HttpStatusCode.Unauthorized), $"at {i}");
            }
        }
    }

    [TestCase("")]
    [TestCase(".")]
    [TestCase("..")]
    [TestCase("a.b.c")]
    [TestCase("e30.e30.e30")]
    [TestCase("a.b.c.d.e")]
    public async Task What_is_no_token_opens_nothing(string text) =>
        Assert.That(await StatusOfAsync(text), Is.EqualTo(HttpStatusCode.Unauthorized));

    [Test]
    public async Task A_token_that_goes_on_and_on_is_not_read() =>
        Assert.That(await StatusOfAsync(_good + new string('A', 4000)), Is.EqualTo(HttpStatusCode.Unauthorized));

    [Test]
    public async Task A_token_ends_with_its_ten_minutes_and_with_its_session()
    {
        await using var host = await ApiHost.StartAsync();
        var user = host.AddUser("ana", new RoleGrant(Roles.Viewer, Authority.Everywhere));
        var (signIn, token) = host.BeginSession(user);
        using var client = host.ClientWith(token);
        host.Time.Advance(TimeSpan.FromMinutes(9));
        Assert.That((await client.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await client.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        using var other = host.ClientOf(user);
        Assert.That((await other.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        host.Change(AccessChange.Forget(signIn));
        Assert.That(
            (await other.GetAsync(ApiHost.Jobs)).StatusCode,
            Is.EqualTo(HttpStatusCode.OK),
            "another session goes on"
        );
    }

    [Test]
    public async Task Keys_are_changed_monthly_and_old_tokens_outlive_the_change()
    {
        await using var host = await ApiHost.StartAsync();
        var keys = host.Services.GetRequiredService<SigningKeys>();
        var first = keys.Published().Keys.Single().Kid;
        host.Time.Advance(SigningKeys.SignsFor - TimeSpan.FromMinutes(1));
        await keys.RotateAsync(CancellationToken.None);
        var user = host.AddUser("ana", new RoleGrant(Roles.Viewer, Authority.Everywhere));
        Assert.That(keys.Published().Keys, Has.Count.EqualTo(2));
        using var client = host.ClientOf(user);
        Assert.That((await client.GetAsync(ApiHost.Jobs)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(keys.ToVerify(first), Is.Not.Null, "tokens that the old key signed are still valid");
        host.Time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(2));
        Assert.That(keys.ToVerify(first), Is.Null);
        Assert.That(keys.Published().Keys.Select(key => key.Kid), Does.Not.Contain(first));
    }

    [Test]
    public async Task Public_keys_are_published_and_private_ones_never()
    {
        using var nobody = _host.Client(null);
        var body = await (await nobody.GetAsync("/api/auth/keys")).BodyAsync();
        var key = body.GetProperty("keys")[0];
        Assert.That(
            key.EnumerateObject().Select(field => field.Name),
            Is.EquivalentTo(new[] { "kty", "crv", "x", "y", "kid", "use", "alg" })
        );
    }

    private async Task<HttpStatusCode> StatusOfAsync(string token)
    {
        using var client = _host.Client(null);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        using var response = await client.GetAsync(ApiHost.Jobs);
        return response.StatusCode;
    }

    private static JsonObject Header(string token) => Parse(token.Split('.')[0]);

    private static JsonObject Payload(string token) => Parse(token.Split('.')[1]);

    private static JsonObject Parse(string part) => JsonNode.Parse(Base64UrlEncoder.DecodeBytes(part))!.AsObject();

    private static string Part(JsonObject json) => Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes(json.ToJsonString()));

    private static JsonObject With(JsonObject json, string name, JsonNode value)
    {
        json[name] = value;
        return json;
    }

    private static JsonObject Without(JsonObject json, string name)
    {
        json.Remove(name);
        return json;
    }

    private static JsonObject Shift(JsonObject payload, TimeSpan by)
    {
        foreach (var name in new[] { "iat", "nbf", "exp" })
        {
            payload[name] = (long)payload[name]! + (long)by.TotalSeconds;
        }

        return payload;
    }

    private static ECDsa PublicKeyOf(ApiHost host) => host.Services.GetRequiredService<SigningKeys>().ToSign().ECDsa;

    private static string Ours(JsonObject header, JsonObject payload, ApiHost host) =>
        Ecdsa(header, payload, PublicKeyOf(host));

    private static string Ecdsa(JsonObject header, JsonObject payload, ECDsa key)
    {
        var text = $"{Part(header)}.{Part(payload)}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256);
        return $"{text}.{Base64UrlEncoder.Encode(signature)}";
    }

    private static string Hmac(JsonObject header, JsonObject payload, byte[] key)
    {
        var text = $"{Part(header)}.{Part(payload)}";
        return $"{text}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Rsa(JsonObject header, JsonObject payload)
    {
        using var key = RSA.Create(2048);
        var text = $"{Part(header)}.{Part(payload)}";
        var bytes = Encoding.ASCII.GetBytes(text);
        var signature = key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{text}.{Base64UrlEncoder.Encode(signature)}";
    }

    private static string WithOwnKey(JsonObject header, JsonObject payload)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        header["jwk"] = new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["x"] = Base64UrlEncoder.Encode(point.X),
            ["y"] = Base64UrlEncoder.Encode(point.Y),
        };
        return Ecdsa(header, payload, key);
    }
}
