// `npm run security`: what can be checked of the supply chain. One line a check, then the counts.
//   --all      the history of every branch and tag, not only of this commit
//   --online   also what asks the registry and the hosts of the actions; without it these are skipped, never passed
//   --root DIR another project folder
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { movedPins, pinFaults, usedActions } from "./security/action-pins.ts"
import { historyGap } from "./security/history.ts"
import { installScriptFaults, type Lock, licenceFaults, lockFaults, packagesOf } from "./security/lock.ts"
import * as policy from "./security/policy.ts"
import { productionOf, readSbom, sbomFaults } from "./security/sbom.ts"
import { scan } from "./security/scan.ts"

const flag = { type: "boolean", default: false } as const
const { values } = parseArgs({ options: { all: flag, online: flag, root: { type: "string" } } })
const root = resolve(values.root ?? join(import.meta.dirname, "..", ".."))
const shownMax = 50
let passed = 0
let failed = 0
let skipped = 0

const result = (name: string, what: string, faults: ReadonlyArray<string>) => {
  if (faults.length === 0) {
    passed++
    return console.log(`ok      ${name}: ${what}`)
  }
  failed++
  console.log(`FAIL    ${name}: ${faults.length} ${faults.length === 1 ? "fault" : "faults"}`)
  for (const fault of faults.slice(0, shownMax)) console.log(`        ${fault}`)
  if (faults.length > shownMax) console.log(`        and ${faults.length - shownMax} more`)
}

const check = async (
  name: string,
  run: () => readonly [string, ReadonlyArray<string>] | Promise<readonly [string, ReadonlyArray<string>]>
) => {
  try {
    result(name, ...(await run()))
  } catch (error) {
    result(name, "", [error instanceof Error ? error.message : String(error)])
  }
}

const skip = (name: string, reason: string) => {
  skipped++
  console.log(`skipped: ${name}: ${reason}`)
}

/** A command of npm that asks the registry. */
const asked = (args: ReadonlyArray<string>) => {
  const { error, status, stderr, stdout } = spawnSync("npm", args, { cwd: root, encoding: "utf8", timeout: 300_000 })
  const said = `${stdout ?? ""}\n${stderr ?? ""}`.trim().split("\n").slice(-20)
  return status === 0 ? [] : [`npm ${args.join(" ")} failed: ${error?.message ?? said.join("\n        ")}`]
}

const git = (...args: ReadonlyArray<string>) =>
  spawnSync("git", ["-C", root, ...args], { encoding: "utf8" }).stdout.trim()

const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock
const packages = packagesOf(lock)
const development = packages.filter(({ entry }) => entry.dev === true).length
const parts = `${packages.length - development} production and ${development} development packages`
const actions = usedActions(root)
const gap = historyGap(root)

await check("lock file", () => [`${parts}, each with its sha512`, lockFaults(lock)])
await check("licences", () => [
  `${parts}, each with a licence of its list`,
  licenceFaults(lock, policy.productionLicences, policy.developmentLicences)
])
await check("install scripts", () => [
  `${Object.keys(policy.installScripts).length} packages have one, each looked at; none runs`,
  installScriptFaults(lock, policy.installScripts, root)
])
await check("bill of materials", () => {
  const sbom = readSbom(root, gap === "none" ? "1970-01-01T00:00:00Z" : git("log", "-1", "--format=%cI"))
  const ships = productionOf(sbom)
  const folder = join(root, ".build")
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of [
    ["sbom.cdx.json", ships],
    ["sbom-development.cdx.json", sbom]
  ] as const) {
    writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`)
  }
  return [`${ships.components.length} packages in .build/sbom.cdx.json`, sbomFaults(sbom, lock)]
})
await check("action pins", () => [`${actions.length} uses of actions, each by its commit`, pinFaults(actions)])

if (gap === "none") {
  skip("secrets", "the folder is no git repository with a commit")
  skip("binaries", "the folder is no git repository with a commit")
} else {
  let found: Awaited<ReturnType<typeof scan>> | undefined
  const scanned = async () =>
    (found ??= await scan(root, values.all ? ["--all"] : ["HEAD"], policy.allowedSecrets, policy.allowedArchives))
  const what = ({ commits, files }: { commits: number; files: number }) =>
    `${files} files and ${commits} commit messages`
  await check("secrets", async () => [what(await scanned()), (await scanned()).secrets])
  await check("binaries", async () => [what(await scanned()), (await scanned()).binaries])
  if (gap === "shallow")
    skip("secrets and binaries of the older history", "the clone is shallow: git fetch --unshallow")
}

if (values.online) {
  await check("vulnerabilities", () => ["npm audit finds none of level high", asked(["audit", "--audit-level=high"])])
  await check("signatures of packages", () => ["npm audit signatures", asked(["audit", "signatures"])])
  await check("versions of actions", () => [
    `${actions.length} uses name the commit of their version`,
    movedPins(actions, "https://github.com")
  ])
} else {
  skip("vulnerabilities", "npm audit asks the registry: run 'npm run security -- --online' where it can be reached")
  skip("signatures of packages", "npm audit signatures asks the registry: --online")
  skip("versions of actions", "whether each commit is the version beside it, its repository knows: --online")
}
skip("image", "needs docker and a database of vulnerabilities: .github/workflows/security.yml")
skip("code", "CodeQL runs on GitHub: .github/workflows/security.yml")
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 ? 0 : 1
