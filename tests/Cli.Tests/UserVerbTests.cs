namespace ScheduleZero.Cli.Tests;

/// <summary>Tests of what the verbs of users, of their own accounts and of roles ask and print.</summary>
internal sealed class UserVerbTests : VerbFixture<UserVerbTests>, IVerbCases
{
    private const string UserJson = """
        {"userName":"ana","roles":[{"role":"operator","namespace":"default"}],"disabled":false,"twoFactor":false,"mustChangePassword":true,
         "createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x","password":"once"}
        """;

    private const string RoleJson =
        """{"name":"shop","builtIn":false,"rules":[{"permissions":["jobs:run"],"names":["reports.*"]}],"version":1,"createdAt":"2026-01-02T12:00:00Z","createdBy":"key:x"}""";

    private const string SessionJson =
        """{"id":"s1","current":true,"createdAt":"2026-01-02T12:00:00Z","lastUsedAt":"2026-01-02T12:00:00Z","expiresAt":"2026-01-03T12:00:00Z","address":"10.0.0.1"}""";

    public static IEnumerable<TestCaseData> Cases =>
        [
            Case(
                "GET /api/auth/me",
                """{"name":"user:ana","kind":"user","roles":[{"role":"viewer","namespace":"default"}],"twoFactor":true}""",
                "whoami"
            ),
            Case("GET /api/auth/sessions", PageOf(SessionJson), "account sessions"),
            Case("DELETE /api/auth/sessions/s1", "", "account sessions --end s1"),
            Case("POST /api/auth/totp/confirm", """{"codes":["A-B"]}""", "account totp confirm 123456"),
            Case("POST /api/users", UserJson, "users create ana --role operator --role admin@*"),
            Case("GET /api/users", PageOf(UserJson), "users list"),
            Case("GET /api/users/ana", UserJson, "users get ana"),
            Case("PATCH /api/users/a@b.example", UserJson, "users set a@b.example --disable"),
            Case("POST /api/users/ana/password", """{"password":"once"}""", "users reset-password ana"),
            Case("GET /api/users/ana/sessions", PageOf(SessionJson), "users sessions ana"),
            Case("DELETE /api/users/ana", "", "users delete ana"),
            Case("POST /api/roles", RoleJson, "roles create shop --permission jobs:run --only reports.*"),
            Case("PUT /api/roles/shop", RoleJson, "roles put shop --permission jobs:*"),
            Case("GET /api/roles", PageOf(RoleJson), "roles list"),
            Case("GET /api/roles/shop", RoleJson, "roles get shop"),
            Case("DELETE /api/roles/shop", "", "roles delete shop"),
        ];
}
