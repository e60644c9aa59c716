#!/usr/bin/env bash
# The Python handler straight on the Broker's ROUTER, and a second one through a plain zmq.proxy that the Broker dials; the Broker restarts in
# between. Then the same once more with CURVE on every connection.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
/usr/bin/python3 -c 'import zmq' || fail "python3-zmq is not installed"
front="tcp://127.0.0.1:$(free_port)" back="tcp://127.0.0.1:$(free_port)"

say "Broker on $router, dialling the proxy's back $back; handlers dial the proxy's front $front"
start proxy /usr/bin/python3 "$here/proxy.py" "$front" "$back"
wait_for_line proxy '^ready:'
start_broker ">$back"

handler() { SCHEDULEZERO_API_KEY_FILE="$(new_key handler "$1")" start "$1" /usr/bin/python3 "$here/handler.py" "$1" "$2"; }
handler straight "$router"
handler proxied "$front"
wait_for_line straight '^ready:'
wait_for_line proxied '^ready:'

for name in straight proxied; do
  say "$name: a result, a retry, a permanent failure, a cancellation"
  check "words" '{"words": 4}' "$(sz jobs run words.count '{"text":"to be or not"}' --handler $name --wait 60s)"
  check "the second attempt succeeds" '{"attempt": 2}' "$(sz jobs run flaky --handler $name --wait 60s)"
  if sz jobs run words.count '{"text":7}' --handler $name --wait 60s 2>"$work/refusal.txt"; then fail "a number was counted"; fi
  grep -q 'a string is expected' "$work/refusal.txt" || fail "the failure does not say why: $(cat "$work/refusal.txt")"
  printf 'ok: %s\n' "$(tail -n 1 "$work/refusal.txt")"
  long=$(sz jobs submit slow.count '{"to":1000}' --handler $name -o json | field id)
  wait_until "long job" running 30 job_state "$long"
  sz jobs cancel "$long" >/dev/null
  wait_until "long job" cancelled 30 job_state "$long"
done

say "the Broker restarts while both run a job"
first=$(sz jobs submit slow.count '{"to":20}' --handler straight -o json | field id)
second=$(sz jobs submit slow.count '{"to":20}' --handler proxied -o json | field id)
wait_until "job of straight" running 30 job_state "$first"
wait_until "job of proxied" running 30 job_state "$second"
stop broker || fail "the Broker did not stop cleanly"
start_broker ">$back"
wait_until "job of straight" succeeded 60 job_state "$first"
wait_until "job of proxied" succeeded 60 job_state "$second"
check "attempts of straight" succeeded "$(attempts "$first")"
check "attempts of proxied" succeeded "$(attempts "$second")"
sz jobs logs "$second"

say "SIGTERM"
stop straight || fail "straight did not stop cleanly"
stop proxied || fail "proxied did not stop cleanly"

say "CURVE: a key pair for each; the Broker lets in the one handler that is on its list, and knows the proxy's key"
stop broker || fail "the Broker did not stop cleanly"
stop proxy || true # Python's proxy ends by the signal itself.
for name in broker proxy straight proxied stranger; do schedulezero curve create "$work/$name.curve" >"$work/$name.public" 2>/dev/null; done
printf '%s straight\n' "$(cat "$work/straight.public")" >"$work/allowed"
start proxy /usr/bin/python3 "$here/proxy.py" "$front" "$back" "$work/proxy.curve"
wait_for_line proxy '^ready:'
SCHEDULEZERO_CURVE_KEY="$work/broker.curve" SCHEDULEZERO_CURVE_ALLOW="$work/allowed" SCHEDULEZERO_CURVE_SERVER="$(cat "$work/proxy.public")" start_broker ">$back"

curve_handler() { SCHEDULEZERO_CURVE_KEY="$work/$1.curve" SCHEDULEZERO_CURVE_SERVER="$(cat "$work/$3.public")" handler "$1" "$2"; }
curve_handler straight "$router" broker
curve_handler proxied "$front" proxy
wait_for_line straight '^ready:'
wait_for_line proxied '^ready:'
for name in straight proxied; do
  check "words by $name" '{"words": 4}' "$(sz jobs run words.count '{"text":"to be or not"}' --handler $name --wait 60s)"
done

say "CURVE: a handler whose key is not on the list, and one that speaks plaintext, are not heard"
curve_handler stranger "$router" broker
handler plain "$router"
wait_for_line broker 'is not on the list of allowed keys'
# A plaintext client of libzmq hangs up itself when it sees that CURVE is asked for.
wait_for_line broker 'offers plaintext\|before it had greeted'
for name in stranger plain; do
  if grep -q '^ready:' "$work/$name.log"; then fail "$name was let in"; fi
done
for name in straight proxied stranger plain; do stop $name || fail "$name did not stop cleanly"; done
say "Python over ZeroMQ: done"
