using System.Text.RegularExpressions;

namespace ScheduleZero.Architecture.Tests;

/// <summary>Checks the table of rooms in docs/ARCHITECTURE.md against the assemblies.</summary>
public sealed class RoomTests
{
    // The assemblies that a word of the table's last column allows, as patterns of names. The name of a room also
    // allows what that room may use.
    private static readonly Dictionary<string, string[]> Words = new(StringComparer.Ordinal)
    {
        ["nothing"] = [],
        ["Contracts"] = [@"ScheduleZero\.Contracts"],
        ["Triggers"] = [@"ScheduleZero\.Triggers"],
        ["Core"] = [@"ScheduleZero\.Broker\.Core", @"ScheduleZero\.Triggers", @"ScheduleZero\.Contracts"],
        ["Storage"] =
        [
            @"ScheduleZero\.Broker\.Storage",
            @"ScheduleZero\.Broker\.Core",
            @"ScheduleZero\.Triggers",
            @"ScheduleZero\.Contracts",
        ],
        ["Edges"] = [@"ScheduleZero\.Edges"],
        ["Host"] = [@"ScheduleZero\.Broker(\.Core|\.Storage)?", @"ScheduleZero\.Triggers", @"ScheduleZero\.Contracts"],
        ["Dashboard"] = [@"ScheduleZero\.Dashboard"],
        ["Client"] = [@"ScheduleZero\.Client"],
        ["Sealing"] = [@"ScheduleZero\.Sealing"],
        ["Zmtp"] = [@"ScheduleZero\.Zmtp"],
        ["Acme"] = [@"ScheduleZero\.Acme"],
        ["Certificates"] = [@"ScheduleZero\.Certificates"],
        ["HandlerAgent"] = [@"ScheduleZero\.HandlerAgent"],
        ["Cronos"] = ["Cronos"],
        ["JsonSchema.Net"] = [@"JsonSchema\.Net", @"JsonPointer\.Net"],
        ["QRCoder"] = ["QRCoder"],
        ["Ical.Net"] = [@"Ical\.Net", "NodaTime"],
        ["LiteDB"] = ["LiteDB"],
        ["MailKit"] = ["MailKit", "MimeKit"],
        ["NetMQ"] = ["NetMQ", "AsyncIO"],
        ["ASP.NET Core"] =
        [
            @"Microsoft\.AspNetCore(\..*)?",
            @"Microsoft\.JSInterop",
            "MessagePack",
            @"Microsoft\.Extensions\..*",
            @"Microsoft\.Net\.Http\.Headers",
            "FluentValidation",
            @"Scalar\.AspNetCore",
            @"Microsoft\.OpenApi",
            @"Microsoft\.IdentityModel\..*",
        ],
        ["SignalR client"] =
        [
            @"Microsoft\.AspNetCore\.(SignalR|Http\.Connections|Connections)\..*",
            @"Microsoft\.Extensions\..*",
            "MessagePack",
            "YamlDotNet",
        ],
        ["all"] = [".*"],
    };

    private static readonly string[] Everywhere = [@"System\..*", @"Microsoft\.Win32\.Primitives", "netstandard"];

    // Rooms that may use the abstractions of logging. The pure rooms do without them.
    private static readonly string[] ImpureRooms =
    [
        "Acme",
        "Broker/Storage",
        "Broker/Host",
        "Bridge",
        "HandlerAgent",
        "Cli",
    ];

    private static IReadOnlyList<Room> Rooms { get; } = Room.ReadTable();

    [TestCaseSource(nameof(Rooms))]
    public void A_room_uses_only_what_its_row_allows(object room)
    {
        var (folder, mayUse) = (Room)room;
        string[] logging = ImpureRooms.Contains(folder) ? [@"Microsoft\.Extensions\.Logging\.Abstractions"] : [];
        var allowed = new Regex(
            $"^({string.Join('|', mayUse.SelectMany(word => Words[word]).Concat(logging).Concat(Everywhere))})$"
        );
        var used = ((Room)room)
            .Assembly.GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => !allowed.IsMatch(name));
        Assert.That(used, Is.Empty);
    }

    [Test]
    public void Every_product_project_has_a_row()
    {
        var projects = Directory
            .EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(file)!).Replace('\\', '/'))
            .Where(folder =>
                !folder.StartsWith("tests/", StringComparison.Ordinal)
                && !folder.StartsWith("samples/", StringComparison.Ordinal)
            );
        Assert.That(Rooms.Select(room => room.Folder), Is.EquivalentTo(projects));
    }

    [Test]
    public void Only_storage_knows_the_database()
    {
        var knowing = Rooms
            .Where(room => room.Assembly.GetReferencedAssemblies().Any(name => name.Name == "LiteDB"))
            .Select(room => room.Folder);
        Assert.That(knowing, Is.EqualTo((string[])["Broker/Storage"]));
    }

    [Test]
    public void Storage_keeps_documents_and_never_lets_the_database_make_objects_of_them()
    {
        var named = AssemblyFacts.ForeignTypes(Rooms.Single(room => room.Folder == "Broker/Storage").Assembly);
        Assert.That(named, Does.Contain("LiteDB.BsonDocument"));
        // Types that map objects, or that bring the mapper with them.
        var mapping = new Regex(
            @"^LiteDB\.(BsonMapper|LiteDatabase|LiteRepository|I?LiteCollection|I?LiteQueryable|EntityMapper|"
                + @"EntityBuilder)"
        );
        Assert.That(named.Where(name => mapping.IsMatch(name)), Is.Empty);
    }
}
