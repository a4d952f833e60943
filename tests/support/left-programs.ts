import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { join } from "node:path"

/** Whether a process was started in this folder, or for it: a process id alone may be that of another program. */
const isOf = (pid: number, folder: string): boolean => {
  const texts = [
    readlinkSync(`/proc/${pid}/cwd`),
    ...["cmdline", "environ"].map((name) => readFileSync(`/proc/${pid}/${name}`, "utf8"))
  ]
  return texts.some((text) => text.includes(folder))
}

/** Ends what a failed test of a runbook left: each process that the run folder has a record of. */
export const endLeftPrograms = (runDir: string, folder: string): void => {
  if (!existsSync(runDir)) return
  for (const name of readdirSync(runDir).filter((file) => file.endsWith(".json"))) {
    try {
      const { pid } = JSON.parse(readFileSync(join(runDir, name), "utf8")) as { readonly pid?: number }
      if (pid !== undefined && isOf(pid, folder)) process.kill(pid, "SIGKILL")
    } catch {
      // It has ended, or the file is no record of a program.
    }
  }
}
