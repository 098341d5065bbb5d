using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Riq.Api.Security;

namespace Riq.UnitTests.Api;

public class AuthenticationTests
{
    internal static ApiKeys NoKeys { get; } = ApiKeys.Read(new ConfigurationBuilder().Build());

    static readonly ApiKeys Keys = ApiKeys.Read(new ConfigurationBuilder().AddInMemoryCollection(
        [new("Riq:ApiKeys:anna", "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("secret"))))]).Build());

    static async Task<(string? Client, DefaultHttpContext Http, object? Answer)> Enter(ApiKeys keys, params (string Name, string Value)[] headers)
    {
        var http = Http.Call(headers: headers);
        string? client = null;
        var answer = await new Authentication(keys).InvokeAsync(new DefaultEndpointFilterInvocationContext(http), c =>
        {
            client = Authentication.ClientOf(c.HttpContext);
            return ValueTask.FromResult<object?>("went on");
        });
        return (client, http, answer);
    }

    [Theory]
    [InlineData("Authorization", "Bearer secret"), InlineData("Authorization", "bearer   secret "), InlineData("X-API-Key", "secret")]
    public async Task A_known_key_lets_its_client_in(string header, string value)
    {
        var (client, _, answer) = await Enter(Keys, (header, value));
        Assert.Equal(("anna", "went on"), (client, answer));
    }

    [Theory]
    [InlineData(null, null), InlineData("Authorization", "Bearer wrong"), InlineData("Authorization", "Bearer "), InlineData("Authorization", "Basic c2VjcmV0"), InlineData("Authorization", "secret")]
    [InlineData("X-API-Key", "wrong"), InlineData("X-API-Key", "")]
    public async Task Everybody_else_gets_401_and_goes_no_further(string? header, string? value)
    {
        var (client, http, answer) = await Enter(Keys, header is null ? [] : [(header, value!)]);
        Assert.Null(client);
        var problem = await http.Answer((IResult)answer!);
        Assert.Equal((401, "Bearer", 401), (http.Response.StatusCode, http.Response.Headers.WWWAuthenticate.ToString(), problem.GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task Without_configured_keys_everybody_is_the_local_client() => Assert.Equal(ApiKeys.LocalClient, (await Enter(NoKeys)).Client);
}
