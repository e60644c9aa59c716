#!/usr/bin/python3
"""A plain ZeroMQ proxy, as it may stand in a DMZ: handlers dial the front, the Broker dials the back. Nothing in it knows ScheduleZero."""
import sys

import zmq

context = zmq.Context()
front, back = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
front.bind(sys.argv[1])
back.bind(sys.argv[2])
print(f"ready: proxy {sys.argv[1]} {sys.argv[2]}", flush=True)
zmq.proxy(front, back)
