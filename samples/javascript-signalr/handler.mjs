#!/usr/bin/env node
// A ScheduleZero handler over SignalR, complete: docs/protocol.md says what it does and why.
//
//   SCHEDULEZERO_API_KEY=szk_… node handler.mjs NAME http://127.0.0.1:8890 [http://other-bridge:8890 …]

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { HttpTransportType, HubConnectionBuilder, HubConnectionState, LogLevel } from "@microsoft/signalr";
import { Permanent, TryLater, methods } from "./methods.mjs";

const capacity = 4;
const drainMs = 20_000;
const finalTypes = new Set(["succeeded", "failed", "cancelled", "rejected"]);
const comeBackLater = new Set(["unavailable", "rate_limited"]);
const doNotComeBack = new Set(["revoked", "forbidden", "unsupported_protocol", "superseded"]);

const [name, ...bridges] = process.argv.slice(2);
const apiKey = process.env.SCHEDULEZERO_API_KEY;
const instance = randomUUID();
const held = new Map(); // attempt id -> job: runs, or its final event has no Ack yet
const unacknowledged = new Map(); // attempt id -> final event
const finished = new Set(); // attempt ids that ended lately, so that a repeated Assign is not run again
let connection = null;
let welcomed = false;
let heartbeat = null;
let draining = false;
let failures = 0; // to connect, since the last Welcome
let ended = null; // exit code

class Job {
  #abort = new AbortController();

  constructor(assigned) {
    this.id = assigned.attemptId;
    this.token = assigned.fencingToken;
    this.attempt = assigned.attempt;
    this.method = assigned.method;
    this.params = assigned.params ?? {};
  }

  get signal() {
    return this.#abort.signal;
  }

  cancel() {
    this.#abort.abort();
  }

  pause(ms) {
    return delay(ms, undefined, { signal: this.signal });
  }

  progress(percent, message) {
    report({ type: "progress", attemptId: this.id, percent, message });
  }

  log(message, level = "information") {
    report({ type: "log", attemptId: this.id, level, message, at: new Date().toISOString() });
  }

  async run() {
    report({ type: "started", attemptId: this.id });
    const end = { attemptId: this.id, fencingToken: this.token };
    try {
      const result = await methods[this.method](this.params, this);
      report({ type: "succeeded", ...end, result });
    } catch (e) {
      // Whatever a method throws is its attempt's end, never the handler's.
      const error = { type: e.constructor.name, message: String(e.message), stackTrace: e.stack, retryable: !(e instanceof Permanent) };
      if (e instanceof TryLater) {
        error.retryAfter = `PT${e.seconds}S`;
      }

      report(this.signal.aborted ? { type: "cancelled", ...end } : { type: "failed", ...end, error });
    }
  }
}

// What this handler says. One-way: a final event is said again after a reconnect until it is acknowledged; the rest may be lost.

function say(message, body) {
  if (welcomed && connection?.state === HubConnectionState.Connected) {
    connection.send(message, body).catch((e) => console.error(`${message} was not sent: ${e.message}`));
  }
}

function report(event) {
  if (event.attemptId !== undefined && !held.has(event.attemptId)) {
    return; // the attempt was abandoned meanwhile
  }
  if (finalTypes.has(event.type)) {
    unacknowledged.set(event.attemptId, event);
  }
  say("Report", { events: [event] });
}

function sayHeartbeat() {
  say("Heartbeat", { capacity: draining ? 0 : capacity, running: [...held.keys()] });
}

async function hello() {
  welcomed = false;
  const resume = [...held.values()].map((job) => ({ attemptId: job.id, fencingToken: job.token }));
  const offered = Object.keys(methods).map((method) => ({ name: method }));
  const welcome = await connection.invoke("Hello", {
    protocol: 1, handler: name, instance, methods: offered, capacity: draining ? 0 : capacity, resume, agent: "javascript-sample/1",
  });
  welcomed = true;
  failures = 0;
  for (const id of welcome.abandoned) {
    held.get(id)?.cancel();
    forget(id);
  }
  const again = welcome.resumed.map((id) => unacknowledged.get(id)).filter(Boolean);
  if (again.length > 0) {
    say("Report", { events: again });
  }
  clearInterval(heartbeat);
  heartbeat = setInterval(sayHeartbeat, welcome.heartbeatSeconds * 1000);
  console.log(`ready: handler ${name} (${welcome.resumed.length} resumed, ${welcome.abandoned.length} abandoned)`);
}

// What this handler is told.

function assign({ attempts }) {
  for (const assigned of attempts) {
    if (held.has(assigned.attemptId) || finished.has(assigned.attemptId)) {
      continue;
    }
    if (!Object.hasOwn(methods, assigned.method) || draining || held.size >= capacity) {
      say("Report", { events: [{ type: "rejected", attemptId: assigned.attemptId, reason: "no room, or no such method" }] });
      continue;
    }
    const job = new Job(assigned);
    held.set(job.id, job);
    void job.run();
  }
}

function forget(id) {
  held.delete(id);
  unacknowledged.delete(id);
  finished.add(id);
  if (finished.size > 1000) {
    finished.delete(finished.values().next().value);
  }
}

function connect(bridge) {
  const made = new HubConnectionBuilder()
    // Without negotiation any Bridge behind one address will do.
    .withUrl(`${bridge}/hubs/handlers`, { skipNegotiation: true, transport: HttpTransportType.WebSockets, accessTokenFactory: () => apiKey })
    .configureLogging(LogLevel.None)
    .build();
  made.keepAliveIntervalInMilliseconds = 5_000;
  made.serverTimeoutInMilliseconds = 15_000; // three of the Bridge's pings
  made.on("Assign", assign);
  made.on("Cancel", ({ attempts }) => attempts.forEach(({ attemptId }) => held.get(attemptId)?.cancel()));
  made.on("Ack", ({ attempts }) => attempts.forEach(({ attemptId }) => forget(attemptId)));
  made.on("Probe", ({ nonce }) => report({ type: "pong", nonce }));
  made.on("Greet", () => void hello().catch(() => made.stop()));
  made.on("Hold", () => { welcomed = false; });
  made.on("Drain", () => void made.stop());
  made.on("Close", ({ code, reason }) => {
    console.log(`closed: ${code}: ${reason}`);
    ended = doNotComeBack.has(code) ? 1 : ended;
    void made.stop();
  });
  return made;
}

/** One connection, from dialling to its end. */
async function serve(bridge) {
  connection = connect(bridge);
  const closed = new Promise((resolve) => connection.onclose(resolve));
  try {
    await connection.start();
    await hello();
    await closed;
  } catch (e) {
    console.log(`not connected to ${bridge}: ${e.message}`);
    // "… HubException: code: detail"
    const refusal = /HubException: (\w+):/.exec(e.message)?.[1];
    if (refusal !== undefined && !comeBackLater.has(refusal)) {
      ended = 1;
    }
  } finally {
    welcomed = false;
    await connection.stop();
  }
}

async function drain() {
  draining = true;
  sayHeartbeat();
  const deadline = Date.now() + drainMs;
  while (held.size > 0 && Date.now() < deadline) {
    await delay(50);
  }
  say("Bye", { reason: "The handler stops." });
  ended = 0;
  await connection?.stop();
}

process.once("SIGTERM", () => void drain());
process.once("SIGINT", () => void drain());
for (let turn = 0; ended === null; turn++) {
  await serve(bridges[turn % bridges.length]);
  if (ended === null) {
    await delay(Math.random() * Math.min(5_000, 500 * 2 ** Math.min(failures++, 4)));
  }
}
process.exit(ended);
