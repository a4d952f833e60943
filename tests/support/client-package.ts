import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startCommand } from "./cli-process.ts"
import { projectRoot } from "./nats-server.ts"

/** A consumer's project: an empty folder into which npm installed only the packed client. */
export const installClient = async (folder: string): Promise<string> => {
  const project = join(folder, "consumer")
  mkdirSync(project, { recursive: true })
  const packed = await startCommand([
    join("deploy", "dev", "build-client.mjs"),
    join(folder, "build"),
    "--pack",
    folder
  ]).ended
  const [tarball] = /tickd-client-[\d.]+\.tgz/.exec(packed.stdout) ?? []
  if (packed.code !== 0 || tarball === undefined) throw new Error(`${packed.stdout}${packed.stderr}`)
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }))
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"]
  const installed = await startCommand(["install", ...flags, join(folder, tarball)], { program: "npm", cwd: project })
    .ended
  if (installed.code !== 0) throw new Error(`${installed.stdout}${installed.stderr}`)
  return project
}

/** Adds a package of this checkout to those that npm installed. */
export const borrow = (project: string, name: string): void => {
  mkdirSync(join(project, "node_modules", "@types"), { recursive: true })
  symlinkSync(join(projectRoot, "node_modules", name), join(project, "node_modules", name))
}

/** The compiler's errors for a file of the project, with strict settings. */
export const checkTypes = async (project: string, file: string): Promise<string> => {
  const compilerOptions = {
    module: "nodenext",
    target: "es2024",
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    types: ["node"]
  }
  const config = `tsconfig.${file}.json`
  writeFileSync(join(project, config), JSON.stringify({ compilerOptions, files: [file] }))
  const checked = await startCommand(["-p", join(project, config)], {
    program: join(projectRoot, "node_modules", ".bin", "tsc")
  }).ended
  return checked.code === 0 ? "" : `${checked.stdout}${checked.stderr}`
}
