using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>Refusals that name a permission, or a credential that opens something else.</summary>
internal static class AccessProblems
{
    /// <summary>
    /// The answer to a caller who may know that the namespace exists. The words of the answer must be the same whatever
    /// the namespace holds.
    /// </summary>
    /// <param name="ns">The namespace; null for the whole Broker.</param>
    /// <param name="name">The name in the route or the body, of which a role may be limited to some; null for
    /// none.</param>
    public static ProblemAnswer MissingPermission(string permission, string? ns, string? name = null) =>
        new(
            403,
            ErrorCodes.Forbidden,
            $"This takes the permission {permission}{(name is null ? "" : $" for \"{name}\"")}"
                + $"{(ns is null ? "" : $" in namespace \"{ns}\"")}"
                + $"{(ns is null && permission != Permissions.ReferenceRead ? ", granted on *" : "")}; none of "
                + "your roles gives it here."
        );

    /// <summary>The answer to a caller who would hand out a role that opens more than their own.</summary>
    public static ProblemAnswer MoreThanOwn(string role, string ns) =>
        new(
            403,
            ErrorCodes.Forbidden,
            $"The role \"{role}\" on \"{ns}\" opens more than you may do yourself; nobody hands out what they "
                + "do not have."
        );

    public static ProblemAnswer NoKeyOfRest(KeyKind kind) =>
        new(
            403,
            ErrorCodes.Forbidden,
            $"A {(kind == KeyKind.Handler ? "handler" : "Bridge")}'s key opens the handler protocol and nothing "
                + "here; a service's key is needed."
        );

    public static ProblemAnswer PasswordFirst { get; } =
        new(
            403,
            ErrorCodes.Forbidden,
            "This password was given to you: choose another one first, with POST /api/auth/password."
        );
}
