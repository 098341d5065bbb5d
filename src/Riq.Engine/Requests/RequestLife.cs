using System.Reflection;
using MassTransit;
using MassTransit.Context;

namespace Riq.Engine.Requests;

/// <summary>Raises events on a request outside of a saga message: what workers, sweepers and the REST interface do.</summary>
public sealed class RequestLife(RequestStateMachine machine)
{
    static readonly ConsumeContext NoMessage = DispatchProxy.Create<ConsumeContext, DetachedContext>();

    public RequestStateMachine Machine => machine;

    /// <summary>True when the machine took the event; then <see cref="QueueRequest.Pending"/> says what is to be stored.</summary>
    public async Task<bool> Raise<T>(QueueRequest request, Event<T> happened, T data) where T : class
    {
        request.Pending = null;
        var message = new MessageConsumeContext<T>(NoMessage, data);
        var saga = new DefaultSagaConsumeContext<QueueRequest, T>(message, request);
        await ((StateMachine<QueueRequest>)machine).RaiseEvent(new MassTransitStateMachine<QueueRequest>.BehaviorContextProxy<T>(machine, saga, saga, happened));
        return request.Pending is not null;
    }

    /// <summary>Stands in for the message that there is not: knows nothing, and refuses to send, because what follows from a change is stored with it.</summary>
    class DetachedContext : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? method, object?[]? args)
        {
            if (IsSending(method!.Name)) throw new NotSupportedException("The state machine decides and sends nothing; the outbox does.");
            var type = method.ReturnType;
            if (type == typeof(void)) return null;
            if (type.IsValueType) return Activator.CreateInstance(type);
            return type.IsInterface && type.Namespace!.StartsWith(nameof(MassTransit), StringComparison.Ordinal) ? Create(type, typeof(DetachedContext)) : null;
        }

        static bool IsSending(string name) => name.StartsWith("Send", StringComparison.Ordinal) || name.StartsWith("Publish", StringComparison.Ordinal) || name.StartsWith("Respond", StringComparison.Ordinal);
    }
}
