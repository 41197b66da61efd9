// PostGraphile on the peers' tables. Arguments: the database's URL, the port.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [url, port, pool] = process.argv.slice(2);

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  // Global ids are not asked for; columns of every index may be conditions.
  disablePlugins: ["NodePlugin", "PgIndexBehaviorsPlugin", "MutationPlugin"],
  pgServices: [
    makePgService({
      connectionString: url,
      schemas: ["public"],
      poolConfig: { min: Number(pool), max: Number(pool) },
    }),
  ],
  // Lists without the cost of connections, but where the total is asked for.
  schema: { defaultBehavior: "-connection +list" },
  grafserv: { graphiql: false, websockets: false, watch: false },
  grafast: { explain: false },
});

const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.keepAliveTimeout = 600_000;
server.listen(Number(port), "127.0.0.1");
if (process.env.PRINT_SCHEMA) {
  const { printSchema } = await import("postgraphile/graphql");
  console.log(printSchema(await instance.getSchema()));
}
