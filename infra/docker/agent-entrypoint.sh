#!/bin/sh
# Enrols at the first start (SERVER and TOKEN), runs from then on. With arguments: the runtime's own command line.
set -eu
runtime() { exec node --import /opt/tsx/node_modules/tsx/dist/loader.mjs /app/agent/src/main.ts "$@"; }
if [ $# -gt 0 ]; then runtime "$@"; fi
if [ -n "$(ls -A "$THROUGHLINE_AGENT_DATA" 2>/dev/null)" ]; then runtime run; fi
: "${SERVER:?set SERVER to the address of the desk}" "${TOKEN:?set TOKEN to an enrolment token}"
runtime enroll --server "$SERVER" --token "$TOKEN"
