// One search box with qualifiers, in the manner of other search boxes: status:dead client:billing created>2026-01-31

/** Qualifier → parameter of GET /api/queue/requests. */
const PARAMETERS = { status: "status", operation: "operation", service: "service", client: "client", priority: "priority", error: "error", key: "idempotency_key" };
const TOKEN = /^req_[0-9a-f]{32}$/;

/** { parameters, token, problems } of what was typed. */
export function parse(text) {
  const parameters = {}, problems = [];
  let token = null;
  for (const [word] of text.matchAll(/(?:[^\s"]|"[^"]*")+/g)) {
    const [, name, sign, quoted] = /^([a-z_]+)([:<>])(.*)$/s.exec(word) ?? [];
    const value = quoted?.replace(/^"(.*)"$/s, "$1");
    if (TOKEN.test(word)) token = word;
    else if (name === "created" && sign !== ":" && value) parameters[sign === ">" ? "created_after" : "created_before"] = value;
    else if (name in PARAMETERS && sign === ":" && value) parameters[PARAMETERS[name]] = value;
    else problems.push(`“${word}” is not understood. Use ${Object.keys(PARAMETERS).map(q => `${q}:…`).join(", ")}, created>…, created<… or a token.`);
  }
  return { parameters, token, problems };
}
