// Looks for secrets and for binaries in all that a repository has: its history and its working folder.
import { binaryFault } from "./binaries.ts"
import { history, type Stored, workingFiles } from "./history.ts"
import type { AllowedSecrets } from "./policy.ts"
import { secretsIn, shown } from "./secret-rules.ts"

export interface Scan {
  readonly files: number
  readonly commits: number
  readonly secrets: ReadonlyArray<string>
  readonly binaries: ReadonlyArray<string>
}

export const scan = async (
  root: string,
  revisions: ReadonlyArray<string>,
  allowed: ReadonlyArray<AllowedSecrets>,
  archives: Readonly<Record<string, string>>
): Promise<Scan> => {
  const secrets = new Map<string, string>()
  const binaries = new Map<string, string>()
  let files = 0
  let commits = 0
  const look = ({ bytes, object, path }: Stored) => {
    const place = path === "" ? `the message of commit ${object.slice(0, 12)}` : path
    const where = path === "" || object === "working folder" ? "" : ` (object ${object.slice(0, 12)})`
    if (path === "") commits++
    else files++
    const fault = path === "" ? undefined : binaryFault(path, bytes, archives)
    if (fault !== undefined) {
      if (!binaries.has(path)) binaries.set(path, `${place}${where} is ${fault}: take it out of the history`)
      return
    }
    for (const { line, rule, value } of secretsIn(bytes.toString("latin1"))) {
      const known = allowed.some((one) => path.startsWith(one.below) && one.values.includes(value))
      if (!known && !secrets.has(`${path} ${value}`)) {
        const fix = "replace it at its issuer; if it is no secret, list it in deploy/dev/security/policy.ts"
        secrets.set(`${path} ${value}`, `${place}:${line}${where}: ${rule}, ${shown(value)}: ${fix}`)
      }
    }
  }
  for await (const stored of history(root, revisions)) look(stored)
  for (const stored of workingFiles(root)) look(stored)
  return {
    files,
    commits,
    secrets: [...secrets.values()],
    binaries: [...binaries.values()]
  }
}
