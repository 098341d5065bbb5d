using System.Reflection;
using Microsoft.Extensions.Logging;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Architecture;

public class LogEventTests
{
    [Fact]
    public void Every_log_event_has_an_id_of_its_own()
    {
        var ids = from assembly in new[] { typeof(QueueRequest).Assembly, typeof(Riq.Api.ApiHost).Assembly, Assembly.Load("Riq.Consumers"), Assembly.Load("Riq.Hosting") }
                  from type in assembly.GetTypes()
                  from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                  let message = method.GetCustomAttribute<LoggerMessageAttribute>()
                  where message is not null
                  select (message.EventId, Name: $"{type.Name}.{method.Name}");
        Assert.True(ids.Count() > 50);
        Assert.Empty(ids.GroupBy(i => i.EventId).Where(g => g.Count() > 1).Select(g => $"{g.Key}: {string.Join(", ", g.Select(i => i.Name))}"));
    }
}
