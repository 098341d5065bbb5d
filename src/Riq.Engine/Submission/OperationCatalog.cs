using Riq.Contracts;

namespace Riq.Engine.Submission;

/// <summary>Every operation that the registered adapters declare, by name and alias.</summary>
public sealed class OperationCatalog
{
    readonly Dictionary<string, OperationDeclaration> _byName = new(StringComparer.Ordinal);
    readonly Dictionary<string, IServiceAdapter> _adapters = new(StringComparer.Ordinal);

    public OperationCatalog(IEnumerable<IServiceAdapter> adapters)
    {
        foreach (var adapter in adapters)
        {
            _adapters.Add(adapter.Service, adapter);
            foreach (var operation in adapter.Operations)
                foreach (var name in operation.Aliases.Prepend(operation.Name)) _byName.Add(name, operation);
        }
        Operations = [.. _byName.Values.Distinct().OrderBy(o => o.Name, StringComparer.Ordinal)];
    }

    public IReadOnlyList<OperationDeclaration> Operations { get; }

    public IReadOnlyCollection<string> Services => _adapters.Keys;

    public OperationDeclaration? Find(string name) => _byName.GetValueOrDefault(name);

    public IServiceAdapter AdapterOf(OperationDeclaration operation) => _adapters[operation.Service];

    public IServiceAdapter AdapterOf(string service) => _adapters[service];
}
