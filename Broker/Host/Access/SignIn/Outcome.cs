using System.Diagnostics.CodeAnalysis;
using ScheduleZero.Broker.Host.Http;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>A value that was asked for, or the problem that the caller is answered with.</summary>
internal readonly record struct Outcome<T>(T? Value, ProblemAnswer? Problem)
    where T : class
{
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsGood => Problem is null;

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(ProblemAnswer problem) => new(null, problem);
}
