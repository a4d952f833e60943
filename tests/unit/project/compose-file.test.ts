// Docker keeps what a service prints without a limit: a storm must not fill the disk of the host.
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "vitest"
import { stackServices } from "../../../src/ops/domain/runtime-words.ts"
import { projectRoot } from "../../../src/platform/process/project.ts"

const text = readFileSync(join(projectRoot, "docker-compose.yml"), "utf8")
const services = /^services:\n((?: {2,}.*\n|\n)+)/m.exec(text)?.[1] ?? ""

it("R14: every service of the compose file has a bounded log", () => {
  const names = [...services.matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name)
  assert.deepStrictEqual(names, [...stackServices])
  assert.strictEqual(services.match(/^ {4}logging: \*bounded-log$/gm)?.length, names.length)
  assert.match(
    text,
    /^x-logging: &bounded-log\n {2}driver: json-file\n {2}options:\n {4}max-size: 50m\n {4}max-file: "5"$/m
  )
})

it("docker-compose reads the file, with the services of the runbook under its profile", (context) => {
  const config = (args: ReadonlyArray<string>) =>
    spawnSync("docker-compose", ["--project-name", "tickd", "--file", "docker-compose.yml", ...args], {
      cwd: projectRoot,
      encoding: "utf8",
      env: {
        PATH: process.env["PATH"] ?? "",
        CTP_PRIMARY_MD_ADDRESS: "tcp://127.0.0.1:1",
        CTP_PRIMARY_BROKER_ID: "9999",
        CTP_PRIMARY_USER_ID: "1",
        TICKD_SETTINGS: "0123456789ab"
      }
    })
  if (config(["version"]).status !== 0) return context.skip("no docker-compose here")
  const namesOf = (args: ReadonlyArray<string>) =>
    config([...args, "config", "--services"])
      .stdout.trim()
      .split("\n")
      .sort()
  assert.deepStrictEqual(namesOf([]), ["nats", "tickd"])
  assert.deepStrictEqual(namesOf(["--profile", "live"]), [...stackServices].sort())
  assert.match(config(["config"]).stdout, /tickd\.settings: 0123456789ab/)
})
