// Holds a server to the public audits of GraphQL over HTTP and prints what became of each, as JSON.
//
// node run.mjs FOLDER URL: FOLDER is where the audits are installed. AUDIT_TOKEN, when it is set, goes with every request.
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, url] = process.argv.slice(2);
const { auditServer } = createRequire(join(folder, "package.json"))("graphql-http");
const token = process.env.AUDIT_TOKEN;

const fetchFn = (address, options = {}) => {
  const headers = token ? { ...options.headers, authorization: `Bearer ${token}` } : options.headers;
  return fetch(address, { ...options, headers });
};

const results = await auditServer({ url, fetchFn });
const told = results.map(({ id, name, status, reason }) => ({ id, name, status, reason: reason ?? null }));
console.log(JSON.stringify(told));
