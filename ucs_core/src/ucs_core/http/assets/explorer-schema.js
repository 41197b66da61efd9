// The schema browser. Texts of the schema are only ever set as text, never as markup.
const BUILT_IN = new Set(["Boolean", "Float", "ID", "Int", "String"]);

class SchemaBrowser {
  constructor(place, back, search, text) {
    this.place = place;
    this.back = back;
    this.search = search;
    this.text = text;
    this.types = new Map();
    this.trail = [];
    back.addEventListener("click", () => {
      this.trail.pop();
      this.show();
    });
    search.addEventListener("input", () => this.show());
  }

  load(schema) {
    const shown = schema.types.filter((type) => !type.name.startsWith("__") && !BUILT_IN.has(type.name));
    shown.sort((one, other) => (one.name < other.name ? -1 : 1));
    this.types = new Map(shown.map((type) => [type.name, type]));
    this.roots = [schema.queryType.name, schema.mutationType.name];
    this.trail = [];
    this.search.hidden = false;
    this.show();
  }

  fail(message) {
    this.types = new Map();
    this.search.hidden = true;
    this.back.hidden = true;
    this.place.replaceChildren(element("p", "empty", message));
  }

  show() {
    if (this.types.size === 0) return;
    const wanted = this.search.value.trim().toLowerCase();
    const name = this.trail[this.trail.length - 1];
    this.back.hidden = name === undefined;
    if (wanted) this.place.replaceChildren(...this.findings(wanted));
    else if (name) this.place.replaceChildren(...this.type(this.types.get(name)));
    else this.place.replaceChildren(...this.overview());
    this.place.scrollTop = 0;
  }

  open(name) {
    this.trail.push(name);
    this.search.value = "";
    this.show();
  }

  overview() {
    const others = [...this.types.values()].filter((type) => !this.roots.includes(type.name));
    return [
      element("h4", "", this.text("entry")),
      ...this.roots.map((name) => this.typeItem(this.types.get(name))),
      element("h4", "", this.text("types")),
      ...others.map((type) => this.typeItem(type)),
    ];
  }

  findings(wanted) {
    const items = [];
    for (const type of this.types.values()) {
      if (type.name.toLowerCase().includes(wanted)) items.push(this.typeItem(type));
      for (const field of [...(type.fields || []), ...(type.inputFields || []), ...(type.enumValues || [])]) {
        const where = `${field.name} ${field.description || ""}`.toLowerCase();
        if (where.includes(wanted)) items.push(this.fieldItem(field, type.name));
      }
      if (items.length > 80) break;
    }
    if (items.length === 0) return [element("p", "empty", this.text("nothing"))];
    return [element("h4", "", this.text("found")), ...items];
  }

  type(type) {
    const parts = [element("h3", "mono", type.name), element("p", "", this.kindAndWords(type))];
    const lists = [["fields", type.fields], ["inputs", type.inputFields], ["values", type.enumValues]];
    for (const [title, items] of lists) {
      if (!items || items.length === 0) continue;
      parts.push(element("h4", "", this.text(title)), ...items.map((item) => this.fieldItem(item)));
    }
    return parts;
  }

  typeItem(type) {
    const item = element("div", "item");
    item.append(this.link(type.name), element("p", "", this.kindAndWords(type)));
    return item;
  }

  fieldItem(field, owner) {
    const item = element("div", "item");
    const line = element("code");
    if (owner) line.append(this.link(owner), ".");
    line.append(element("span", "", field.name));
    if (field.type) line.append(": ", ...this.reference(field.type));
    item.append(line, element("p", "", this.words(field.description)));
    if (field.args && field.args.length > 0 && !owner) {
      const args = element("div", "arguments");
      for (const argument of field.args) {
        const code = element("code");
        code.append(element("span", "", argument.name), ": ", ...this.reference(argument.type));
        args.append(code, element("p", "", this.words(argument.description)));
      }
      item.append(args);
    }
    return item;
  }

  reference(type) {
    if (type.kind === "NON_NULL") return [...this.reference(type.ofType), "!"];
    if (type.kind === "LIST") return ["[", ...this.reference(type.ofType), "]"];
    return [this.types.has(type.name) ? this.link(type.name) : type.name];
  }

  link(name) {
    const link = element("button", "link mono", name);
    link.type = "button";
    link.addEventListener("click", () => this.open(name));
    return link;
  }

  kindAndWords(type) {
    const kind = this.text("kinds")[type.kind] || type.kind;
    return [kind, this.words(type.description)].filter(Boolean).join(" — ");
  }

  // Descriptions hold Chinese, a dot in the middle, and English; those of GraphQL itself are English alone.
  words(description) {
    const parts = (description || "").split(" · ");
    return parts.length < 2 || this.text("other") === "English" ? parts[0] : parts.slice(1).join(" · ");
  }
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
