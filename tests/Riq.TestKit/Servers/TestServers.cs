namespace Riq.TestKit.Servers;

/// <summary>The servers that <c>./riq test</c> starts for a run. Tests never fall back to something less real.</summary>
public static class TestServers
{
    /// <summary>Npgsql connection string of a superuser.</summary>
    public static string Postgres => Required("RIQ_TEST_POSTGRES");

    /// <summary>AMQP URI without virtual host.</summary>
    public static Uri RabbitMq => new(Required("RIQ_TEST_RABBITMQ"));

    /// <summary>Address of RabbitMQ's management interface, with user and password.</summary>
    public static Uri RabbitMqManagement => new(Required("RIQ_TEST_RABBITMQ_UI"));

    /// <summary>Folder with the published programs <c>api</c>, <c>consumers</c>, <c>simulator</c>.</summary>
    public static string Programs => Required("RIQ_TEST_BIN");

    /// <summary>Folder of the scripts that run private servers.</summary>
    public static string Scripts => Required("RIQ_TEST_INFRA");

    /// <summary>Whether tests that need real times, soak or millions of rows run too.</summary>
    public static bool Long => Environment.GetEnvironmentVariable("RIQ_TEST_LONG") == "1";

    static string Required(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value
        : throw new InvalidOperationException($"{name} is not set: run the tests with ./riq test, which starts real servers for them.");
}
