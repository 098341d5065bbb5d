namespace Riq.Engine.Gate;

/// <summary>The gates of all services in this process.</summary>
sealed class Gates(RiqOptions options, TimeProvider time)
{
    readonly Dictionary<string, ServiceGate> _gates = [];
    bool _closed;

    public ServiceGate Of(string service)
    {
        lock (_gates)
        {
            if (_gates.TryGetValue(service, out var gate)) return gate;
            var of = options.Of(service);
            gate = _gates[service] = new(of.ConcurrencyOf(service), of.Aging, time);
            if (_closed) gate.Close();
            return gate;
        }
    }

    public void CloseAll()
    {
        lock (_gates)
        {
            _closed = true;
            foreach (var gate in _gates.Values) gate.Close();
        }
    }
}
