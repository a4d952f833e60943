import { existsSync } from "node:fs"
import { nativeFiles } from "./project.ts"

/** Signal numbers of Linux, the only system with workers. */
const signals = { SIGTERM: 15, SIGKILL: 9 } as const

/**
 * The command line of a child that gets `signal` when this process ends in any way, including kill -9. Without the
 * native programs it is the unchanged command: then only the child's other watches (its stdin, its record on disk)
 * apply.
 */
export const boundToThisProcess = (
  signal: keyof typeof signals,
  program: string,
  args: ReadonlyArray<string>
): { readonly program: string; readonly args: ReadonlyArray<string> } =>
  existsSync(nativeFiles.bound)
    ? { program: nativeFiles.bound, args: [String(signals[signal]), String(process.pid), program, ...args] }
    : { program, args }
