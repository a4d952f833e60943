import { spawn } from "node:child_process"
import { join } from "node:path"

/** Exit code of the shell: another start of the same program holds its lock. */
export const lockedExit = 75

/**
 * Waits for the program, so that its exit code is kept although the tool that started it is gone. It holds the lock
 * of the program, writes its record, and ends with it. Signals are for the program: the shell ignores them.
 */
const keeper = `
base=$1 rest=$2; shift 2
umask_before=$(umask); umask 077
exec 9>"$base.lock"
flock -n 9; [ $? -eq 1 ] && exit ${lockedExit}
rm -f "$base.exit"
umask "$umask_before"
"$@" 9>&- &
child=$!
trap '' HUP INT TERM QUIT
umask 077
stat=$(cat "/proc/$child/stat"); stat=\${stat##*) }
set -- $stat
ticks=\${20}
{ printf '{"pid":%s,"ticks":"%s",%s\\n' "$child" "$ticks" "$rest" >"$base.json.new" && mv "$base.json.new" "$base.json"; } || kill -TERM "$child"
wait "$child"; code=$?
printf '%s %s %s\\n' "$child" "$ticks" "$code" >"$base.exit.new" && mv "$base.exit.new" "$base.exit"
exit "$code"
`

/** The shell of a started program. Its end means: the program has ended, or was not started. */
export interface Detached {
  readonly ended: () => { readonly code: number | null } | undefined
}

/**
 * Starts a program in a session of its own, where no terminal's end reaches it. `rest` are the fields of its record
 * beside `pid` and `ticks`. Throws the system's error.
 */
export const startDetached = (options: {
  readonly runDir: string
  readonly name: string
  readonly argv: ReadonlyArray<string>
  readonly environment: Readonly<Record<string, string>>
  readonly workingDir: string
  readonly logFd: number
  readonly rest: object
}): Detached => {
  const rest = JSON.stringify(options.rest).slice(1)
  const base = join(options.runDir, options.name)
  const child = spawn("/bin/sh", ["-c", keeper, "tickd-program", base, rest, ...options.argv], {
    detached: true,
    cwd: options.workingDir,
    env: { ...options.environment },
    stdio: ["ignore", options.logFd, options.logFd]
  })
  let ended: { readonly code: number | null } | undefined
  child.once("exit", (code) => {
    ended = { code }
  })
  child.once("error", () => {
    ended ??= { code: null }
  })
  child.unref()
  return { ended: () => ended }
}
