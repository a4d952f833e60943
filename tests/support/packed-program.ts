import { cpSync, mkdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { startCommand } from "./cli-process.ts"
import { projectRoot } from "./nats-server.ts"

const ended = async (args: ReadonlyArray<string>, program: string, cwd: string, env = {}) => {
  const command = await startCommand(args, { program, cwd, env }).ended
  if (command.code !== 0) throw new Error(`${program} ${args.join(" ")}: ${command.stdout}${command.stderr}`)
  return command.stdout
}

/** What the checkout has for a package; `dist` is built anew. `tests` is there so that a test sees it left out. */
const checkout = ["package.json", "README.md", "src", "actors", "machines", "deploy", "docs"]

/**
 * Builds, packs and unpacks the program below `folder`. `app` has only what npm packed, and the packages that npm would
 * install.
 */
export const unpackProgram = async (folder: string) => {
  const project = join(folder, "project")
  mkdirSync(project, { recursive: true })
  for (const name of checkout) cpSync(join(projectRoot, name), join(project, name), { recursive: true })
  cpSync(join(projectRoot, "tests", "vitest.config.ts"), join(project, "tests", "vitest.config.ts"))
  // A cross compiler in this checkout's own cache is not looked for.
  const build = [join("deploy", "dev", "build.mjs"), join(project, "dist")]
  const table = await ended(build, process.execPath, projectRoot, { TICKD_ROOT: folder })
  const packed = await ended(["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], "npm", project)
  await ended(["-xzf", join(folder, packed.trim()), "-C", folder], "tar", folder)
  const app = join(folder, "package")
  symlinkSync(join(projectRoot, "node_modules"), join(app, "node_modules"))
  return { app, table, launcher: join(app, "src", "app", "tickd.mjs") }
}
