#!/usr/bin/env bash
# The runbook of a production day, with its flags only; markers, exit codes and files: docs/operations/live.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec bash "$root/deploy/dev/with-deps.sh" --quiet node --max-semi-space-size=16 -- "$root/src/app/tickd.mjs" live script -- "$@"
