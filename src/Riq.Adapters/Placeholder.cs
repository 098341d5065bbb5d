using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
namespace Riq.Adapters;
public static class Registration { public static IServiceCollection AddRiqAdapters(this IServiceCollection s, IConfiguration c) => s; }
