// The actions of other repositories in the workflows. A tag can be moved to other code, a commit cannot: each is named
// by its full commit, with the released version beside it: `uses: owner/name@COMMIT # v1.2.3`.
import { spawnSync } from "node:child_process"
import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"

export interface UsedAction {
  readonly place: string
  readonly repository: string
  readonly ref: string
  readonly version: string | undefined
}

export const usedActions = (root: string): ReadonlyArray<UsedAction> => {
  const folder = join(root, ".github")
  if (!existsSync(folder)) return []
  return globSync("{workflows,actions}/**/*.{yml,yaml}", { cwd: folder })
    .toSorted()
    .flatMap((file) =>
      readFileSync(join(folder, file), "utf8")
        .split("\n")
        .flatMap((text, index) => {
          const found =
            /^\s*(?:-\s+)?["']?uses["']?\s*:\s*["']?(?<name>[^\s"'#@]+)(?:@(?<ref>[^\s"'#]+))?["']?(?:\s+#\s*(?<version>\S+))?/.exec(
              text
            )
          const { name = "", ref = "", version } = found?.groups ?? {}
          if (name === "" || name.startsWith("./")) return []
          const repository = name.split("/").slice(0, 2).join("/")
          return [{ place: `.github/${file}:${index + 1}`, repository, ref, version }]
        })
    )
}

const described = ({ place, ref, repository }: UsedAction) => `${place}: ${repository}@${ref}`

export const pinFaults = (actions: ReadonlyArray<UsedAction>): ReadonlyArray<string> => {
  const versions = new Map<string, string>()
  return actions.flatMap((action) => {
    if (!/^[\da-f]{40}$/.test(action.ref)) {
      return [
        `${described(action)} is no full commit: write the commit of the released version, and the version after #`
      ]
    }
    if (!/^v\d+\.\d+\.\d+$/.test(action.version ?? "")) {
      return [`${described(action)} does not name its version: write it after the commit, as in # v1.2.3`]
    }
    const other = versions.get(action.repository) ?? action.ref
    versions.set(action.repository, other)
    return other === action.ref ? [] : [`${described(action)} is not the commit of the other places, ${other}`]
  })
}

/** Asks the repositories themselves: the commit of each version must be the one that is written here. */
export const movedPins = (actions: ReadonlyArray<UsedAction>, host: string): ReadonlyArray<string> => {
  const asked = new Map(actions.map((action) => [`${action.repository} ${action.version}`, action]))
  return [...asked.values()].flatMap((action) => {
    const tag = `refs/tags/${action.version}`
    const args = ["ls-remote", `${host}/${action.repository}`, tag, `${tag}^{}`]
    const { status, stderr, stdout } = spawnSync("git", args, {
      encoding: "utf8",
      timeout: 30_000,
      env: { ...process.env, GIT_TERMINAL_PROMPT: "0" }
    })
    if (status !== 0) return [`${described(action)} could not be compared: ${(stderr ?? "").trim().split("\n")[0]}`]
    // An annotated tag has two lines; the second, with ^{}, is its commit.
    const commit = stdout.trim().split("\n").at(-1)?.split("\t")[0] ?? ""
    if (commit === "") return [`${described(action)}: ${action.repository} has no version ${action.version}`]
    return commit === action.ref ? [] : [`${described(action)} is not ${action.version}, whose commit is ${commit}`]
  })
}
