// A handler on Microsoft's SignalR client: says Hello, runs jobs of one method, and ends with SIGTERM.
//
//   SCHEDULEZERO_API_KEY=szk_… node handler.cjs FOLDER BRIDGE NAME METHOD WebSockets|ServerSentEvents|LongPolling
//
// FOLDER has the node_modules with @microsoft/signalr.
const { createRequire } = require("node:module");

const [folder, bridge, name, method, transport] = process.argv.slice(2);
const { HttpTransportType, HubConnectionBuilder, LogLevel } = createRequire(`${folder}/`)("@microsoft/signalr");
const connection = new HubConnectionBuilder()
  .withUrl(`${bridge}/hubs/handlers`, { transport: HttpTransportType[transport], accessTokenFactory: () => process.env.SCHEDULEZERO_API_KEY })
  .configureLogging(LogLevel.Warning)
  .build();
const report = (...events) => connection.send("Report", { events });

connection.on("Probe", ({ nonce }) => report({ type: "pong", nonce }));
connection.on("Assign", ({ attempts }) => {
  for (const { attemptId, fencingToken, params } of attempts) {
    report({ type: "started", attemptId, fencingToken }, { type: "succeeded", attemptId, fencingToken, result: { transport, params } });
  }
});
for (const ignored of ["Ack", "Greet", "Hold", "Drain", "Cancel", "Close"]) {
  connection.on(ignored, () => {});
}

connection.onclose(() => process.exit(1));
process.once("SIGTERM", () => process.exit(0));
connection.start()
  .then(() => connection.invoke("Hello", { protocol: 1, handler: name, instance: "i", methods: [{ name: method }], capacity: 1, resume: [], agent: "node-test/1" }))
  .then(() => console.log("ready: handler"))
  .catch((e) => {
    console.log(`failed: ${e.message}`);
    process.exit(1);
  });
