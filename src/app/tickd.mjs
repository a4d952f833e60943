#!/usr/bin/env -S node --max-semi-space-size=16 --
// `--` above: without it Node reads the file of a verb's own flag --env-file, and ends with 9 when it is not there.
// First lines of the program, in plain JavaScript that an old Node still parses: it must be able to print that it is
// too old.
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
// By its default: an older Node has the module without `enableCompileCache`, and a named import of it would not link.
import nodeModule from "node:module"
import { constants } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
const major = Number(process.versions.node.split(".")[0])

/** Runs the same command under the project's own Node; signals and the exit code pass through. */
const runUnder = (node) => {
  // The channel carries no message: its end is how the child learns of a kill -9 of this process.
  const stdio = ["inherit", "inherit", "inherit", "ipc"]
  const child = spawn(node, [...process.execArgv, "--", ...process.argv.slice(1)], {
    stdio,
    env: { ...process.env, TICKD_NODE: "own" }
  })
  // Ctrl-C at a terminal reaches both by itself: a signal that is passed on would be the second one, which ends at
  // once.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"))
  process.on("SIGTERM", () => child.kill("SIGTERM"))
  child.once("error", (error) => tooOld(`its own Node at ${node} cannot be started (${error.message})`))
  child.once("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

/**
 * A runbook records how it ends, also by a signal that arrives in the half second in which the program is loaded:
 * `src/platform/process/early-signals.ts` takes it.
 */
const keepEarlySignals = () => {
  const signals = []
  const keep = (signal) => signals.push({ signal, atMs: performance.now() })
  const names = ["SIGINT", "SIGTERM"]
  for (const name of names) process.on(name, keep)
  const stop = () => names.forEach((name) => process.off(name, keep))
  globalThis[Symbol.for("tickd/early-signals")] = { signals, stop }
}

const tooOld = (why) => {
  // Only a checkout has the lock file from which its own Node comes.
  const own = existsSync(join(root, "package-lock.json"))
    ? "run it with 'npm run -s tickd', which brings Node 24, or install Node 24"
    : "install Node 24"
  process.stderr.write(`tickd: Node ${process.versions.node} is too old and ${why}: ${own}.\n`)
  process.exit(64)
}

if (major < 24) {
  const own = join(root, "node_modules", ".bin", "node")
  if (process.env.TICKD_NODE === "own") tooOld("TICKD_NODE=own forbids looking for another one")
  else if (existsSync(own)) runUnder(own)
  else tooOld("there is no Node in node_modules")
} else {
  if (process.env.TICKD_NODE === "own" && process.channel !== undefined) {
    process.once("disconnect", () => process.kill(process.pid, "SIGTERM"))
    process.channel.unref()
  }
  if (process.argv[2] === "live") keepEarlySignals()
  // An installed package runs the bundle: Node strips no types below node_modules. A checkout runs its sources.
  // A daemon has a program of its own, without the other verbs; completions name all of them.
  const isDaemon = process.argv[2] === "run" && !process.argv.some((word) => word.startsWith("--completions"))
  const bundle = join(root, "dist", isDaemon ? "daemon.mjs" : "tickd.mjs")
  // Where the folder cannot be written the program starts without the cache, 0.1 s later.
  nodeModule.enableCompileCache?.(join(root, ".cache", "node"))
  if (existsSync(bundle) && !existsSync(join(root, "tests"))) await import(bundle)
  else await import("./main.ts")
}
