#!/usr/bin/python3
"""A plain ZeroMQ proxy, as it may stand in a DMZ: handlers dial the front, the Broker dials the back. Nothing in it knows ScheduleZero.

    proxy.py FRONT BACK [FILE]: with a file that holds a CURVE key pair, both sides are encrypted
"""
import sys

import zmq
import zmq.auth

context = zmq.Context()
front, back = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
if len(sys.argv) > 3:
    for socket in (front, back):
        socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(sys.argv[3])
        socket.curve_server = True
front.bind(sys.argv[1])
back.bind(sys.argv[2])
print(f"ready: proxy {sys.argv[1]} {sys.argv[2]}", flush=True)
zmq.proxy(front, back)
