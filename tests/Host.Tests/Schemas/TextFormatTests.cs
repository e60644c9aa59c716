using ScheduleZero.Broker.Host.Schemas;

namespace ScheduleZero.Host.Tests.Schemas;

/// <summary>Texts that each format accepts, and texts that it refuses.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class TextFormatTests
{
    private static readonly (string Format, string[] Fits, string[] Not)[] Table =
    [
        (
            "date-time",
            [
                "2026-10-01T02:00:00Z",
                "2026-10-01t02:00:00.123456789z",
                "2024-02-29T23:59:59+14:00",
                "1990-12-31T23:59:60Z",
                "1990-12-31T15:59:60-08:00",
                "0000-01-01T00:00:00Z",
            ],
            [
                "2026-10-01",
                "2026-10-01 02:00:00Z",
                "2026-10-01T02:00:00",
                "2026-10-01T02:00Z",
                "2026-10-01T24:00:00Z",
                "2026-02-29T00:00:00Z",
                "2026-10-01T02:00:00+1:00",
                "2026-10-01T02:00:00+24:00",
                "2026-10-01T02:00:00.Z",
                "1990-12-31T22:59:60Z",
                "２026-10-01T02:00:00Z",
                "",
            ]
        ),
        (
            "date",
            ["2026-10-01", "2024-02-29", "2000-02-29", "0000-02-29"],
            [
                "2026-13-01",
                "2026-00-01",
                "2026-04-31",
                "1900-02-29",
                "26-10-01",
                "2026-1-01",
                "2026/10/01",
                "2026-10-01Z",
                " 2026-10-01",
                "+026-10-01",
            ]
        ),
        (
            "time",
            ["02:00:00Z", "23:59:59.9+05:30", "23:59:60Z", "00:29:60+00:30"],
            [
                "02:00:00",
                "2:00:00Z",
                "24:00:00Z",
                "02:60:00Z",
                "02:00:61Z",
                "12:00:60Z",
                "02:00Z",
                "02:00:00+0100",
                "02:00:00,5Z",
            ]
        ),
        (
            "duration",
            ["P1D", "PT15M", "P1Y2M3DT4H5M6S", "P4W", "PT0S", "P1Y", "PT36H", "P0D"],
            [
                "P",
                "PT",
                "1D",
                "P1",
                "PT1D",
                "P1H",
                "P1D2M",
                "PT5S1M",
                "P1WT1H",
                "P1W1D",
                "p1d",
                "P-1D",
                "P1DT",
                "PT1.5S",
                "P1S",
                "W",
            ]
        ),
        (
            "email",
            [
                "ana@example.org",
                "a.b+c@sub.example.org",
                "a@b",
                "\"a b\"@example.org",
                "a@[192.0.2.1]",
                "a@[IPv6:2001:db8::1]",
                "o'neil@example.org",
            ],
            [
                "ana",
                "@example.org",
                "ana@",
                "a..b@example.org",
                ".a@example.org",
                "a.@example.org",
                "a b@example.org",
                "a@-x.org",
                "a@x..org",
                "ü@example.org",
                "a@[300.1.1.1]",
                "a@b@c d",
            ]
        ),
        (
            "hostname",
            ["example.org", "localhost", "xn--bcher-kva.example", "a-b.c", "1.2.3.4", "x"],
            [
                "",
                "-a.org",
                "a-.org",
                "a..b",
                ".org",
                "org.",
                "a_b.org",
                "bücher.example",
                "a b",
                new string('a', 64),
                $"{string.Join('.', Enumerable.Repeat(new string('a', 63), 4))}",
            ]
        ),
        (
            "ipv4",
            ["192.0.2.1", "0.0.0.0", "255.255.255.255"],
            [
                "256.0.0.1",
                "1.2.3",
                "1.2.3.4.5",
                "01.2.3.4",
                "0x7f.0.0.1",
                "1.2.3.4/8",
                "1.2.3.",
                "١.2.3.4",
                "2130706433",
            ]
        ),
        (
            "ipv6",
            ["::", "::1", "2001:db8::1", "2001:DB8:0:0:8:800:200C:417A", "::ffff:192.0.2.1", "fe80::"],
            [
                "1",
                ":::",
                "::1::",
                "12345::",
                "fe80::1%eth0",
                "[::1]",
                "2001:db8::1/64",
                "::ffff:300.0.2.1",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "::g",
                "192.0.2.1",
            ]
        ),
        (
            "uri",
            [
                "https://example.org",
                "https://ana:x@example.org:8443/a/b?c=d#e",
                "urn:isbn:0451450523",
                "mailto:ana@example.org",
                "file:///etc/hosts",
                "http://[2001:db8::1]:80/",
                "a+b-c.1:x",
                "data:,a%20b",
            ],
            [
                "example.org",
                "/a/b",
                "//example.org/a",
                "#a",
                "1http://a",
                "http://a b",
                "http://exämple.org",
                "http://[::1",
                "http://a:port/",
                "http://a/%zz",
                "http://a/%2",
                "http://a/#b#c",
                "http://a/[b]",
                ":x",
                "http://a@b@c/",
                "a\\b:c",
            ]
        ),
        (
            "uuid",
            ["0198c0de-0000-7000-8000-000000000001", "0198C0DE-0000-7000-8000-00000000ABCD"],
            [
                "0198c0de00007000800000000000001",
                "{0198c0de-0000-7000-8000-000000000001}",
                "0198c0de-0000-7000-8000-00000000000",
                "0198c0de-0000-7000-8000-00000000000g",
                "0198c0de-00007000-8000-0000000000010",
            ]
        ),
    ];

    private static IEnumerable<TestCaseData> Rows() =>
        Table.SelectMany(row =>
            row.Fits.Select(text => new TestCaseData(row.Format, text, true))
                .Concat(row.Not.Select(text => new TestCaseData(row.Format, text, false)))
        );

    [TestCaseSource(nameof(Rows))]
    public void A_text_is_of_its_format_or_not(string format, string text, bool fits) =>
        Assert.That(TextFormats.Find(format)!.Fits(text), Is.EqualTo(fits));

    [TestCase("idn-email")]
    [TestCase("regex")]
    [TestCase("Date")]
    [TestCase("")]
    public void Other_formats_assert_nothing(string format) => Assert.That(TextFormats.Find(format), Is.Null);

    // No text of a stranger may make a check throw, or take longer than its length.
    [Test]
    public void No_text_is_too_odd()
    {
        var random = new Random(4711);
        const string Letters = "0123456789abcdefPTYMDHSWZz:.-+@[]\"\\/%#?T \0ü\ud800";
        foreach (var (name, _, _) in Table)
        {
            var format = TextFormats.Find(name)!;
            for (var i = 0; i < 20_000; i++)
            {
                format.Fits(
                    string.Concat(
                        Enumerable.Range(0, random.Next(40)).Select(_ => Letters[random.Next(Letters.Length)])
                    )
                );
            }
        }
    }
}
