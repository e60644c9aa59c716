using System.Collections;
using System.Reflection;

namespace ScheduleZero.Reachable;

/// <summary>
/// Counts the objects that can be reached from given objects, by type, and the entries of their collections.
/// </summary>
/// <param name="isBounded">Types into which the walk does not go, since another test shows that their size is
/// bounded.</param>
internal sealed class ObjectGraph(Func<Type, bool> isBounded)
{
    private static readonly BindingFlags Every =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private static readonly string[] CountFields = ["_count", "_size"];
    private const string FreeField = "_freeCount";

    /// <summary>
    /// Types that lead to objects of the whole process, and so to what other tests have made: the queue of all timers,
    /// and a captured execution context, which knows the test framework.
    /// </summary>
    private static readonly string[] OfProcess = ["System.Threading.TimerQueue", "System.Threading.ExecutionContext"];

    private readonly Dictionary<Type, FieldInfo[]> _fields = [];
    private readonly Dictionary<Type, bool> _holdsReferences = [];
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<object> _left = new();

    public Dictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    public static Dictionary<string, long> Count(IEnumerable<object> roots, Func<Type, bool> isBounded)
    {
        var graph = new ObjectGraph(isBounded);
        foreach (var root in roots)
        {
            graph.Meet(root);
        }

        while (graph._left.TryPop(out var next))
        {
            graph.Enter(next);
        }

        return graph.Counts;
    }

    private void Meet(object? value)
    {
        // A bare object holds nothing: it is a lock, and concurrent dictionaries make their locks in advance.
        if (
            value is null or Type or MemberInfo or Assembly or Module or Thread
            || value.GetType() == typeof(object)
            || value.GetType().IsPointer
            || isBounded(value.GetType())
            || OfProcess.Contains(value.GetType().FullName)
        )
        {
            return;
        }

        if (value.GetType().IsValueType)
        {
            // The value is a box made here, or a struct inside another object: it counts with its owner.
            MeetFields(value);
        }
        else if (_seen.Add(value))
        {
            Add(value.GetType().ToString(), 1);
            _left.Push(value);
        }
    }

    private void Enter(object value)
    {
        if (value is string)
        {
            return;
        }

        if (value is Array array)
        {
            if (HoldsReferences(array.GetType().GetElementType()!))
            {
                foreach (var element in (IEnumerable)array)
                {
                    Meet(element);
                }
            }

            return;
        }

        CountEntries(value);
        MeetFields(value);
    }

    // Entries that are numbers or ids are not objects of their own, so they are counted here.
    private void CountEntries(object value)
    {
        var type = value.GetType();
        if (!type.IsGenericType || type.Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) != true)
        {
            return;
        }

        foreach (
            var field in FieldsOf(type)
                .Where(field => field.FieldType == typeof(int) && CountFields.Contains(field.Name))
        )
        {
            Add($"entries of {type}", (int)field.GetValue(value)! - FreeEntries(type, value));
        }
    }

    // A dictionary or set also counts the entries that were removed, until others take their places.
    private int FreeEntries(Type type, object value) =>
        FieldsOf(type).FirstOrDefault(field => field.Name == FreeField) is { } free ? (int)free.GetValue(value)! : 0;

    private void MeetFields(object value)
    {
        foreach (var field in FieldsOf(value.GetType()).Where(field => HoldsReferences(field.FieldType)))
        {
            if (!IsNeighbourInQueueOfTimers(field))
            {
                Meet(field.GetValue(value));
            }
        }
    }

    private static bool IsNeighbourInQueueOfTimers(FieldInfo field) =>
        field.DeclaringType == field.FieldType && field.FieldType.Name == "TimerQueueTimer";

    private FieldInfo[] FieldsOf(Type type)
    {
        if (!_fields.TryGetValue(type, out var fields))
        {
            var all = new List<FieldInfo>();
            for (var declaring = type; declaring is not null; declaring = declaring.BaseType)
            {
                all.AddRange(declaring.GetFields(Every));
            }

            _fields[type] = fields = [.. all];
        }

        return fields;
    }

    private bool HoldsReferences(Type type)
    {
        if (!type.IsValueType)
        {
            return !type.IsPointer && !type.IsFunctionPointer;
        }

        if (type.IsPrimitive || type.IsEnum || type.IsByRefLike)
        {
            return false;
        }

        if (!_holdsReferences.TryGetValue(type, out var holds))
        {
            _holdsReferences[type] = false; // A struct that contains its own type does not hold an object by that.
            _holdsReferences[type] = holds = FieldsOf(type).Any(field => HoldsReferences(field.FieldType));
        }

        return holds;
    }

    private void Add(string what, long count) =>
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(Counts, what, out _) += count;
}
