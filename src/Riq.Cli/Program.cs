using Riq.Cli;
using Riq.Cli.CommandLine;

var parsed = Root.Command().Parse(args);
var code = await parsed.InvokeAsync();
// The parser says 1 to what it does not understand; 1 is a request that failed.
return parsed.Errors.Count > 0 ? ExitCodes.Usage : code;
