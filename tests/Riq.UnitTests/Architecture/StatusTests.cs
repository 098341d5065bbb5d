using Mono.Cecil;
using Mono.Cecil.Cil;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Architecture;

/// <summary>Nobody but the state machine changes a request's status, neither by code nor by SQL.</summary>
public class StatusTests
{
    // The machine moves it, the reader of rows restores it, the entity maps MassTransit's state name to it.
    static readonly string[] MayWrite = [typeof(RequestStateMachine).FullName!, typeof(RequestRow).FullName!, typeof(QueueRequest).FullName!];

    [Fact]
    public void Only_the_state_machine_sets_the_status_of_a_request()
    {
        var writers = Solution.Projects.SelectMany(Writers).ToHashSet();
        Assert.Contains(typeof(RequestStateMachine).FullName!, writers);   // the search finds what it must find
        Assert.Empty(writers.Except(MayWrite));
    }

    [Fact]
    public void Nobody_forgets_a_status_by_making_a_request_of_its_own()
    {
        var makers = Solution.Projects.SelectMany(p => Calls(p, m => m.Name == ".ctor" && m.DeclaringType.FullName == typeof(QueueRequest).FullName)).ToHashSet();
        Assert.Equal([typeof(RequestRow).FullName!], makers);
    }

    static IEnumerable<string> Writers(string project) =>
        Calls(project, m => m.Name is "set_Status" or "set_CurrentState" && m.DeclaringType.FullName == typeof(QueueRequest).FullName);

    static IEnumerable<string> Calls(string project, Func<MethodReference, bool> wanted)
    {
        using var module = ModuleDefinition.ReadModule(Solution.Assembly(project).Location);
        return [.. from type in module.GetTypes()
                   from method in type.Methods
                   where method.HasBody
                   from instruction in method.Body.Instructions
                   where instruction.OpCode.Code is Code.Call or Code.Callvirt or Code.Newobj or Code.Ldftn && instruction.Operand is MethodReference called && wanted(called)
                   select Outermost(type).FullName];
    }

    // Lambdas and async methods live in nested types of the compiler.
    static TypeDefinition Outermost(TypeDefinition type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
