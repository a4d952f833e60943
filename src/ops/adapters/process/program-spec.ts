import type { Effect } from "effect"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { RunLog } from "../../ports/run-log.ts"
import type { RuntimeError } from "../../ports/runtime.ts"

/** A file that a program reads, written anew before each start. */
interface ProgramFile {
  readonly path: string
  readonly text: string
  /** Permission bits, such as 0o600. */
  readonly mode: number
  /** It has what was measured on this machine, such as the size of its disk: no setting, so it is not compared. */
  readonly isMeasured?: boolean
}

/**
 * What one program of a part is started with. It is kept beside the program's record, so that a rollback can start it
 * as it was: it holds no secret. All paths are absolute.
 */
interface ProgramSpec {
  /** Names its files: `run/NAME.json`, `run/NAME.exit`, `NAME.log` in the log folder. Letters, digits and `-`. */
  readonly name: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** Added to the arguments when a start is to log every step. */
  readonly debugArgs: ReadonlyArray<string>
  /** The whole environment of the program, beside a few names of the system such as PATH and TZ. */
  readonly environment: Readonly<Record<string, string>>
  /** Folders that must exist before a start. */
  readonly folders: ReadonlyArray<string>
  readonly files: ReadonlyArray<ProgramFile>
  /** Ports that it will listen on: a start is refused while another program holds one of them. 0: any free one. */
  readonly listens: ReadonlyArray<{ readonly host: string; readonly port: number }>
  readonly stopSignal: "SIGTERM" | "SIGINT" | "SIGUSR2"
  /** From the signal to the kill, milliseconds. A program that had to be killed did not end well. */
  readonly graceMs: number
  /** Exit codes of a program that ended as it was asked to. */
  readonly cleanExits: ReadonlyArray<number>
  /** It gets the secrets of the settings as files in `CREDENTIALS_DIRECTORY`. */
  readonly takesSecrets: boolean
}

/** Makes the specification from the settings of a run. Fails with one sentence when the program cannot be run here. */
export type MakeProgram = (settings: LiveSettings) => Effect.Effect<ProgramSpec, RuntimeError, RunLog>

/** `name`: that of the specification; a program that runs is found without making it. */
export interface Program {
  readonly name: string
  readonly make: MakeProgram
  /** A start watches it this long after it listens: some listen before they have read their files. */
  readonly watchMs?: number
  /** What the program's own last lines mean, as one sentence with the fix; undefined: they stand as they are. */
  readonly explain?: (message: string) => string | undefined
}
