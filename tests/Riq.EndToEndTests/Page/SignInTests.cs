using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Playwright;
using Riq.TestKit.Processes;
using static Microsoft.Playwright.Assertions;

namespace Riq.EndToEndTests.Page;

/// <summary>The page where keys are needed: nothing without one, and no more than the key may.</summary>
public sealed class SignInTests(SignInTests.KeyedFixture riq) : IClassFixture<SignInTests.KeyedFixture>
{
    const string Watcher = "riq_watcher_0123456789abcdef0123456789abcdef", Operator = "riq_operator_0123456789abcdef0123456789abcdef";

    public sealed class KeyedFixture : PageFixture
    {
        readonly RSA _issuer = RSA.Create(2048);
        readonly string _jwks = Path.GetTempFileName();

        protected override void Prepare(RiqInstallation riq)
        {
            var key = _issuer.ExportParameters(false);
            File.WriteAllText(_jwks, $$"""{"keys":[{"kty":"RSA","kid":"k1","n":"{{Base64Url.EncodeToString(key.Modulus)}}","e":"{{Base64Url.EncodeToString(key.Exponent)}}"}]}""");
            riq.With("Riq__ApiKeys__watcher", Hash(Watcher) + " submit,read").With("Riq__ApiKeys__operator", Hash(Operator) + " submit,read,operate")
                .With("Riq__Jwt__JwksFile", _jwks).With("Riq__Jwt__Issuer", "https://issuer.example").With("Riq__Jwt__Audience", "riq");
        }

        /// <summary>A token of the identity provider for a person.</summary>
        public string Token(string person, string scope)
        {
            var (head, body) = ("""{"alg":"RS256","kid":"k1"}""", $$"""{"iss":"https://issuer.example","aud":"riq","sub":"{{person}}","scope":"{{scope}}","exp":{{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}}}""");
            var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(head))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(body))}";
            return $"{signed}.{Base64Url.EncodeToString(_issuer.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
        }

        static string Hash(string key) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
    }

    static async Task SignIn(PageTab tab, string key)
    {
        await tab.Page.GetByLabel("API key or token").FillAsync(key);
        await tab.Button("Sign in").ClickAsync();
    }

    [Fact]
    public async Task Nothing_is_shown_without_a_key_and_a_wrong_one_is_refused_in_words()
    {
        await using var tab = await riq.Open();
        await Expect(tab.Page.GetByLabel("API key or token")).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("nav")).ToHaveCountAsync(0);
        await SignIn(tab, "wrong");
        await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("key");
        await Expect(tab.Page.Locator("nav")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_key_that_may_look_sees_its_own_and_buttons_say_why_they_do_nothing()
    {
        await using var tab = await riq.Open();
        await SignIn(tab, Watcher);
        await Expect(tab.Page.Locator(".who")).ToContainTextAsync("watcher");
        await tab.Go("#/services");
        await Expect(tab.Button("Force open").First).ToHaveAttributeAsync("title", "Your key may look, but not operate.");
        await tab.Button("Sign out").ClickAsync();
        await Expect(tab.Page.GetByLabel("API key or token")).ToBeVisibleAsync();
        Assert.Null(await tab.Page.EvaluateAsync<string?>("sessionStorage.getItem('riq-key')"));
    }

    [Fact]
    public async Task A_person_signs_in_with_the_token_of_an_identity_provider_and_may_what_it_says()
    {
        await using var tab = await riq.Open("#/services");
        await SignIn(tab, riq.Token("tom", "read"));
        await Expect(tab.Page.Locator(".who")).ToContainTextAsync("tom read");
        await Expect(tab.Button("Force open").First).ToHaveAttributeAsync("aria-disabled", "true");
        await tab.Button("Sign out").ClickAsync();
        await SignIn(tab, riq.Token("ada", "read operate"));
        await Expect(tab.Page.Locator(".who")).ToContainTextAsync("ada read, operate");
        await Expect(tab.Button("Force open").First).Not.ToHaveAttributeAsync("aria-disabled", "true");
    }

    [Fact]
    public async Task An_operator_pauses_a_service_under_its_own_name()
    {
        await using var tab = await riq.Open();
        await SignIn(tab, Operator);
        await tab.Go("#/services");
        var card = tab.Page.GetByRole(AriaRole.Region, new() { Name = "confluence" });
        await card.GetByRole(AriaRole.Button, new() { Name = "Pause", Exact = true }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Pause it" }).ClickAsync();
        await Expect(card.GetByText("Paused by operator")).ToBeVisibleAsync();
        using var asked = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/queue/audit", UriKind.Relative)) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", Operator) } };
        using var answer = await riq.Api.Http.SendAsync(asked);
        Assert.Contains("\"by\":\"operator\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
