#!/usr/bin/env bash
# The name in the runbook; see run_drill_tests.
exec "$(dirname "${BASH_SOURCE[0]}")/run_drill_tests" "$@"
