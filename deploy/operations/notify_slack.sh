#!/usr/bin/env bash
# Notifies operators under the name of the runbook, on every configured channel: docs/operations/notify.md.
set -euo pipefail
exec bash "$(dirname "${BASH_SOURCE[0]}")/notify" "$@"
