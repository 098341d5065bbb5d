// The frame: who is signed in, which view the address names.
import { render } from "./lib/preact-htm.js";
import { credential, get } from "./api.js";
import { html, Problems, useEffect, useState } from "./ui.js";
import { Overview } from "./overview.js";
import { Requests } from "./requests.js";
import { Request } from "./request.js";
import { DeadLetters } from "./dead-letters.js";
import { BulkOperation, BulkOperations } from "./bulk.js";
import { Callbacks } from "./callbacks.js";
import { Services } from "./services.js";
import { Audit } from "./audit.js";

const VIEWS = [
  ["", "Overview", Overview],
  ["requests", "Requests", Requests],
  ["dead-letters", "Dead letters", DeadLetters],
  ["bulk", "Bulk", BulkOperations],
  ["services", "Services", Services],
  ["callbacks", "Callbacks", Callbacks],
  ["audit", "Audit", Audit],
];
const OF_ONE = { request: Request, bulk: BulkOperation };

/** The address after #/: view, what of it, and its query. */
function place() {
  const [path, search] = location.hash.replace(/^#\/?/, "").split("?");
  const [view, of] = path.split("/").map(decodeURIComponent);
  return { view, of, query: new URLSearchParams(search ?? "") };
}

/** "/" leads to the search from everywhere but a field. */
function toSearch(e) {
  if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.("input, textarea, select, dialog")) return;
  e.preventDefault();
  const box = document.querySelector("input[type=search]");
  if (box) box.focus(); else location.hash = "#/requests?focus=1";
}

function App() {
  const [at, go] = useState(place());
  const [me, setMe] = useState({ asked: false });
  const signIn = async () => {
    try { setMe({ asked: true, who: await get("/api/queue/me") }); }
    catch (problem) { setMe({ asked: true, problem }); }
  };
  useEffect(() => {
    const moved = () => { go(place()); document.getElementById("main")?.focus(); };
    addEventListener("hashchange", moved);
    addEventListener("keydown", toSearch);
    signIn();
    return () => { removeEventListener("hashchange", moved); removeEventListener("keydown", toSearch); };
  }, []);
  if (!me.asked) return html`<p class="muted wide">Loading …</p>`;
  if (!me.who) return html`<${SignIn} problem=${me.problem} enter=${signIn} />`;
  const View = at.of && OF_ONE[at.view] || (VIEWS.find(v => v[0] === at.view) ?? VIEWS[0])[2];
  document.title = `${(VIEWS.find(v => v[0] === at.view) ?? [0, at.of ?? "RIQ"])[1]} · RIQ`;
  const leave = () => { credential.set(""); signIn(); };
  return html`
    <a class="skip" href="#main" onClick=${e => { e.preventDefault(); document.getElementById("main").focus(); }}>To the content</a>
    <header><a class="brand" href="#/">RIQ</a>
      <nav aria-label="Views">${VIEWS.map(([path, name]) => html`<a href=${`#/${path}`} aria-current=${at.view === path || at.view === "request" && path === "requests" ? "page" : null}>${name}</a>`)}
        <a href="/docs">REST</a></nav>
      <span class="who">${me.who.client} <span class="muted">${me.who.scopes.join(", ")}</span>${me.who.keys_required && html` <button type="button" onClick=${leave}>Sign out</button>`}</span>
    </header>
    <main id="main" tabindex="-1"><${View} key=${`${at.view}/${at.of}`} of=${at.of} query=${at.query} me=${me.who} /></main>`;
}

function SignIn({ problem, enter }) {
  const submit = e => {
    e.preventDefault();
    credential.set(new FormData(e.target).get("key").trim());
    enter();
  };
  return html`<main class="sign-in" id="main"><h1>RIQ</h1>
    <form onSubmit=${submit}><label>API key or token <input name="key" type="password" autocomplete="off" required autofocus /></label><button class="primary">Sign in</button></form>
    <p class="muted">Kept in this tab only, and forgotten when it is closed. An operator makes keys with ./riq keys.</p>
    ${(credential.get() || problem?.status !== 401) && html`<${Problems} problem=${problem} />`}</main>`;
}

render(html`<${App} />`, document.getElementById("app"));
