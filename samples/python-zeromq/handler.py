#!/usr/bin/python3
"""A ScheduleZero handler over plain ZeroMQ, complete: docs/protocol.md says what it does and why. Needs python3-zmq and nothing else.

    SCHEDULEZERO_API_KEY_FILE=handler.key handler.py NAME tcp://127.0.0.1:4242

With SCHEDULEZERO_CURVE_KEY=FILE (the handler's key pair) and SCHEDULEZERO_CURVE_SERVER (the public key of the Broker or proxy) the connection is encrypted.

The main thread owns the socket; every attempt runs on a thread of its own and speaks through a queue.
"""
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
import uuid
from datetime import datetime, timezone

import zmq
import zmq.auth

import methods

CAPACITY = 4
FINAL = {"succeeded", "failed", "cancelled", "rejected"}
COME_BACK_LATER = {"unavailable", "rate_limited"}
DO_NOT_COME_BACK = {"revoked", "forbidden", "unsupported_protocol", "superseded"}
WELCOME_SECONDS = 5  # how long a Hello may stay unanswered before it is said again
DRAIN_SECONDS = 20


class Job:
    """What a method knows about its attempt, and how it speaks while it runs."""

    def __init__(self, assigned, say):
        self.assigned, self.say, self.cancelled = assigned, say, threading.Event()
        self.id, self.token = assigned["attemptId"], assigned["fencingToken"]

    def progress(self, percent, message=None):
        self.say({"type": "progress", "attemptId": self.id, "percent": percent, "message": message})

    def log(self, message, level="information"):
        self.say({"type": "log", "attemptId": self.id, "level": level, "message": message, "at": datetime.now(timezone.utc).isoformat()})

    def run(self):
        self.say({"type": "started", "attemptId": self.id})
        end = {"attemptId": self.id, "fencingToken": self.token}
        try:
            result = methods.METHODS[self.assigned["method"]](self.assigned.get("params") or {}, self)
            end.update(type="succeeded", result=result)
        except methods.Cancelled:
            end.update(type="cancelled")
        except Exception as e:  # whatever a method throws is its attempt's end, never the handler's
            error = {"type": type(e).__name__, "message": str(e)[:4000], "stackTrace": traceback.format_exc()[-16000:]}
            if isinstance(e, methods.TryLater):
                error["retryAfter"] = f"PT{e.seconds}S"
            end.update(type="failed", error={**error, "retryable": not isinstance(e, methods.Permanent)})
        self.say(end)


class Handler:
    def __init__(self, name, address, api_key):
        self.name, self.api_key, self.instance = name, api_key, uuid.uuid4().hex
        self.events = queue.Queue()  # from attempts to the main thread
        self.wake_reader, self.wake_writer = os.pipe()
        self.held = {}  # attempt id -> Job: runs, or its final event has no Ack yet
        self.unacknowledged = {}  # attempt id -> final event
        self.finished = {}  # attempt ids that ended lately, so that a repeated Assign is not run again
        self.welcome, self.heartbeat_seconds = False, 10
        self.next_hello, self.next_heartbeat, self.drain_until, self.exit_code = 0.0, 0.0, None, None
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 1000)
        self.socket.setsockopt(zmq.IMMEDIATE, 1)  # while the Broker is away, messages are dropped here: Hello repairs that
        self.socket.setsockopt(zmq.HEARTBEAT_IVL, 2000)  # notices a connection that died without a word
        self.socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 10000)
        if key_pair := os.environ.get("SCHEDULEZERO_CURVE_KEY"):
            self.socket.curve_publickey, self.socket.curve_secretkey = zmq.auth.load_certificate(key_pair)
            self.socket.curve_serverkey = os.environ["SCHEDULEZERO_CURVE_SERVER"].encode("ascii")
        self.socket.connect(address)

    def run(self):
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self.drain)
        poller = zmq.Poller()
        poller.register(self.socket, zmq.POLLIN)
        poller.register(self.wake_reader, zmq.POLLIN)
        while self.exit_code is None:
            ready = dict(poller.poll(200))
            if self.wake_reader in ready:
                os.read(self.wake_reader, 4096)
            self.report_events()
            while self.exit_code is None and self.socket.poll(0):
                frames = self.socket.recv_multipart()
                if len(frames) == 3 and frames[0] == b"" and frames[1].startswith(b"SZ1 "):
                    kind = frames[1].split()[1].decode("ascii")
                    getattr(self, f"on_{kind.lower()}", lambda body: None)(json.loads(frames[2]))
            self.keep_time()
        self.socket.close()
        return self.exit_code

    def keep_time(self):
        now = time.monotonic()
        if not self.welcome and now >= self.next_hello:
            self.say_hello()
        if self.welcome and now >= self.next_heartbeat:
            self.say_heartbeat()
        if self.drain_until and ((not self.held and not self.unacknowledged) or now > self.drain_until):
            self.send("Bye", {"reason": "The handler stops."})
            self.exit_code = 0

    # What this handler says.

    def send(self, kind, body):
        try:
            self.socket.send_multipart([b"", f"SZ1 {kind}".encode(), json.dumps(body).encode()], zmq.NOBLOCK)
        except zmq.Again:
            self.welcome = False  # not connected, or far behind: say Hello when that is over

    def say_hello(self):
        self.next_hello = time.monotonic() + WELCOME_SECONDS
        self.send("Hello", {
            "protocol": 1, "handler": self.name, "instance": self.instance, "apiKey": self.api_key, "agent": "python-sample/1",
            "methods": [{"name": name, "description": code.__doc__} for name, code in methods.METHODS.items()],
            "capacity": self.capacity(), "resume": [{"attemptId": job.id, "fencingToken": job.token} for job in self.held.values()]})

    def say_heartbeat(self):
        self.next_heartbeat = time.monotonic() + self.heartbeat_seconds
        self.send("Heartbeat", {"capacity": self.capacity(), "running": list(self.held)})

    def capacity(self):
        return 0 if self.drain_until else CAPACITY

    def say(self, event):
        """From any thread."""
        self.events.put(event)
        os.write(self.wake_writer, b"!")

    def report_events(self):
        events = []
        while not self.events.empty():
            event = self.events.get()
            if "attemptId" in event and event["attemptId"] not in self.held and event["type"] != "rejected":
                continue  # the attempt was abandoned meanwhile
            events.append(event)
            if event["type"] in FINAL:
                self.unacknowledged[event["attemptId"]] = event
        # Without a session only final events are kept; they are said after the next Welcome.
        if events and self.welcome:
            self.send("Report", {"events": events})

    # What this handler is told.

    def on_welcome(self, body):
        self.welcome, self.heartbeat_seconds = True, body["heartbeatSeconds"]
        self.next_heartbeat = time.monotonic() + self.heartbeat_seconds
        for attempt_id in body["abandoned"]:
            if job := self.held.get(attempt_id):
                job.cancelled.set()
            self.forget(attempt_id)
        self.unacknowledged = {key: event for key, event in self.unacknowledged.items() if key in body["resumed"]}
        if self.unacknowledged:
            self.send("Report", {"events": list(self.unacknowledged.values())})
        print(f"ready: handler {self.name} ({len(body['resumed'])} resumed, {len(body['abandoned'])} abandoned)", flush=True)

    def on_refused(self, body):
        print(f"refused: {body['code']}: {body['detail']}", flush=True)
        self.welcome, self.next_hello = False, time.monotonic() + WELCOME_SECONDS
        if body["code"] not in COME_BACK_LATER:
            self.exit_code = 1

    def on_assign(self, body):
        for assigned in body["attempts"]:
            attempt_id = assigned["attemptId"]
            if attempt_id in self.held or attempt_id in self.finished:
                continue
            if assigned["method"] not in methods.METHODS or len(self.held) >= self.capacity():
                self.say({"type": "rejected", "attemptId": attempt_id, "reason": "no room, or no such method"})
                continue
            job = self.held[attempt_id] = Job(assigned, self.say)
            threading.Thread(target=job.run, daemon=True).start()

    def on_cancel(self, body):
        for cancelled in body["attempts"]:
            if job := self.held.get(cancelled["attemptId"]):
                job.cancelled.set()

    def on_ack(self, body):
        for acknowledged in body["attempts"]:
            self.forget(acknowledged["attemptId"])

    def on_probe(self, body):
        self.say({"type": "pong", "nonce": body["nonce"]})

    def on_greet(self, body):
        # Every message that the Broker could not place is answered by a Greet; one Hello answers them all.
        if self.welcome:
            self.welcome, self.next_hello = False, 0.0

    def on_close(self, body):
        print(f"closed: {body['code']}: {body['reason']}", flush=True)
        self.welcome, self.next_hello = False, time.monotonic() + 1
        if body["code"] in DO_NOT_COME_BACK:
            self.exit_code = 1

    def forget(self, attempt_id):
        self.held.pop(attempt_id, None)
        self.unacknowledged.pop(attempt_id, None)
        self.finished[attempt_id] = None
        while len(self.finished) > 1000:
            del self.finished[next(iter(self.finished))]

    def drain(self, *_):
        """SIGTERM: no new attempts, finish what runs, deliver it, say Bye."""
        self.drain_until, self.next_heartbeat = time.monotonic() + DRAIN_SECONDS, 0.0
        os.write(self.wake_writer, b"!")


if __name__ == "__main__":
    with open(os.environ["SCHEDULEZERO_API_KEY_FILE"], encoding="ascii") as file:
        key = file.read().strip()
    sys.exit(Handler(sys.argv[1], sys.argv[2], key).run())
