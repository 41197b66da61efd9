// The page itself: one request at a time, with the reader's own token, which never leaves this tab but to this platform.
const $ = (id) => document.getElementById(id);
const state = {
  language: (sessionStorage.getItem("ucs.language") || navigator.language || "zh").startsWith("zh") ? "zh" : "en",
  schemaToken: "",
};
const text = (key) => TEXTS[state.language][key];
const browser = new SchemaBrowser($("browser"), $("back"), $("search"), text);

async function ask(body) {
  const response = await fetch("/graphql", {
    method: "POST",
    credentials: "omit",
    headers: {
      Accept: "application/graphql-response+json",
      "Accept-Language": state.language,
      Authorization: `Bearer ${$("token").value.trim()}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify(body),
  });
  return { response, answer: await response.json() };
}

async function run() {
  let variables;
  try {
    variables = JSON.parse($("variables").value.trim() || "{}");
    if (variables === null || typeof variables !== "object" || Array.isArray(variables)) throw new SyntaxError();
  } catch {
    say(text("badVariables"), "bad");
    return;
  }
  $("run").disabled = true;
  say(text("running"), "");
  const began = performance.now();
  try {
    const { response, answer } = await ask({ query: $("query").value, variables });
    const took = Math.round(performance.now() - began);
    const call = response.headers.get("Ucs-Call-Id") || "";
    say(`${response.status} · ${took} ms · ${call}`, answer.errors ? "bad" : "good");
    $("answer").replaceChildren(...coloured(JSON.stringify(answer, null, 2)));
  } catch {
    say(text("unreachable"), "bad");
  } finally {
    $("run").disabled = false;
  }
}

function say(message, className) {
  $("status").textContent = message;
  $("status").className = `status ${className}`;
}

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function coloured(json) {
  if (json.length > 300000) return [json];
  const parts = [];
  let end = 0;
  for (const match of json.matchAll(TOKEN)) {
    parts.push(json.slice(end, match.index));
    const [whole, quoted, colon, word] = match;
    if (colon) parts.push(element("span", "key", quoted), colon);
    else parts.push(element("span", quoted ? "text" : word ? "word" : "number", whole));
    end = match.index + whole.length;
  }
  parts.push(json.slice(end));
  return parts;
}

async function loadSchema() {
  const token = $("token").value.trim();
  if (!token || token === state.schemaToken) return;
  state.schemaToken = token;
  try {
    const { answer } = await ask({ query: INTROSPECTION });
    if (answer.data) browser.load(answer.data.__schema);
    else browser.fail(text("schemaFailed") + answer.errors[0].message);
  } catch {
    browser.fail(text("unreachable"));
  }
}

function speak() {
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  for (const place of document.querySelectorAll("[data-text]")) place.textContent = text(place.dataset.text);
  for (const place of document.querySelectorAll("[data-hint]")) place.placeholder = text(place.dataset.hint);
  $("language").textContent = text("other");
  $("examples").setAttribute("aria-label", text("examples"));
  const chosen = $("examples").value;
  const first = new Option(text("examples"), "");
  first.disabled = true;
  $("examples").replaceChildren(first, ...EXAMPLES.map((example, at) => new Option(example[state.language], at)));
  $("examples").value = chosen;
  browser.show();
}

async function choose(example) {
  const variables = { ...example.variables };
  const show = () => ($("variables").value = JSON.stringify(variables, null, 2));
  $("query").value = example.query;
  show();
  if (!example.find || !$("token").value.trim()) return;
  const { variable, filter, state: wanted } = example.find;
  try {
    const { answer } = await ask({ query: FIND, variables: { filter } });
    const nodes = answer.data ? answer.data.resources.nodes : [];
    const found = nodes.find((node) => !wanted || (node.head && node.head.state === wanted));
    if ($("query").value !== example.query) return;
    if (!found) return say(text("noneFound"), "");
    variables[variable] = found.id;
    show();
  } catch {
    say(text("unreachable"), "bad");
  }
}

$("run").addEventListener("click", run);
$("examples").addEventListener("change", () => choose(EXAMPLES[Number($("examples").value)]));
$("language").addEventListener("click", () => {
  state.language = state.language === "zh" ? "en" : "zh";
  sessionStorage.setItem("ucs.language", state.language);
  speak();
});
$("token").addEventListener("change", () => {
  sessionStorage.setItem("ucs.token", $("token").value.trim());
  loadSchema();
});
$("query").addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.shiftKey) return;
  event.preventDefault();
  $("query").setRangeText("  ", $("query").selectionStart, $("query").selectionEnd, "end");
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || $("run").disabled) return;
  event.preventDefault();
  run();
});

$("token").value = sessionStorage.getItem("ucs.token") || "";
$("examples").value = "0";
choose(EXAMPLES[0]);
speak();
$("examples").value = "0";
loadSchema();
