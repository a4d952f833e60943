// A workflow runs with rights on the repository and its images, and it does not run here: what can be known of it
// without GitHub is checked, and each rule is seen to find its fault.
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { movedPins, pinFaults, type UsedAction, usedActions } from "../../../deploy/dev/security/action-pins.ts"
import { projectRoot } from "../../../src/platform/process/project.ts"
import { workflowFaults, writesOf } from "../../support/workflow-faults.ts"

const folder = join(projectRoot, ".github", "workflows")
const files = readdirSync(folder).toSorted()
const read = (file: string) => readFileSync(join(folder, file), "utf8")

describe("the workflows", () => {
  it("are those of the reference, without a fault", async () => {
    assert.deepStrictEqual(files, ["image.yml", "security.yml", "verify.yml"])
    for (const file of files) assert.deepStrictEqual(await workflowFaults(file, read(file)), [])
    const page = readFileSync(join(projectRoot, "docs/reference/security.md"), "utf8")
    for (const file of files) assert.include(page, `\`${file}\``)
  })

  it("may write what they need and nothing else", () => {
    assert.deepStrictEqual(
      files.flatMap((file) => writesOf(file, read(file))),
      [
        "image.yml/build: packages",
        "image.yml/publish: packages",
        "image.yml/publish: id-token",
        "image.yml/publish: attestations",
        "security.yml/image: security-events",
        "security.yml/code: security-events"
      ]
    )
  })

  it("run what a developer runs, on both processors and each week", () => {
    assert.match(read("verify.yml"), /run: \.ci\/run\n/)
    assert.match(read("verify.yml"), /runner: ubuntu-24\.04\n[^]*runner: ubuntu-24\.04-arm\n/)
    assert.match(read("security.yml"), /schedule:\n[^]*cron: "\d+ \d+ \* \* 1"/)
    assert.match(read("security.yml"), /run: npm run security -- --all --online\n/)
  })

  for (const [name, find, replace, fault] of [
    ["a misspelt key", "    timeout-minutes: 60", "    timeout-minutes: 60\n    needz: x", /unexpected key "needz"/],
    ["a job that is not there", "    strategy:", "    needs: nowhere\n    strategy:", /"nowhere" which does not exist/],
    ["an unknown value", "${{ matrix.arch }}-${{ github", "${{ matrx.arch }}-${{ github", /undefined variable "matrx"/],
    ["rights of the project for a fork", "  pull_request:", "  pull_request_target:", /runs code of others/],
    ["rights for all jobs", "permissions: {}", "permissions: write-all", /has no permissions: \{\}/],
    ["a job without its rights", "    permissions:\n      contents: read\n", "", /does not name its permissions/],
    ["no concurrency group", /concurrency:\n {2}group.*\n[^]*?(?=jobs:)/, "", /has no concurrency group/],
    ["no timeout", "    timeout-minutes: 60\n", "", /verify\.yml\/verify has no timeout/],
    ["a moving machine", "runner: ubuntu-24.04\n", "runner: ubuntu-latest\n", /changes by itself/],
    ["a token left behind", "          persist-credentials: false\n", "", /leaves its token/],
    ["an expression in a command", "run: .ci/run", "run: .ci/run ${{ github.head_ref }}", /pass it by env/],
    [
      "an expression in a block",
      "run: .ci/run",
      "run: |\n          .ci/run\n          echo ${{ github.ref }}",
      /by env/
    ],
    ["a secret", "DEBIAN_MIRROR: https", "TOKEN: ${{ secrets.PAT }}\n      DEBIAN_MIRROR: https", /reads a secret/],
    ["install scripts", "run: .ci/run", "run: npm ci && .ci/run", /runs install scripts/]
  ] as const) {
    it(`with ${name} are refused`, async () => {
      const text = read("verify.yml").replace(find, replace)
      assert.notStrictEqual(text, read("verify.yml"), "the fault was not planted")
      assert.match((await workflowFaults("verify.yml", text)).join("\n"), fault)
    })
  }
})

describe("the actions of the workflows", () => {
  const used = usedActions(projectRoot)
  const commit = "0123456789abcdef0123456789abcdef01234567"
  const action = { place: ".github/workflows/a.yml:1", repository: "owner/name", ref: commit, version: "v1.2.3" }

  it("are all found, each by its commit and with its version", () => {
    const places = files.flatMap((file) => [...read(file).matchAll(/uses: (?!\.\/)/g)])
    assert.lengthOf(used, places.length)
    assert.isAtLeast(used.length, 10)
    assert.deepStrictEqual(pinFaults(used), [])
  })

  it("are refused by tag, branch, short commit, without a version, and with two commits", () => {
    for (const ref of ["v4", "main", commit.slice(0, 12), ""]) {
      assert.match(pinFaults([{ ...action, ref }])[0] ?? "", /is no full commit/)
    }
    for (const version of ["v4", undefined]) {
      assert.match(pinFaults([{ ...action, version }])[0] ?? "", /does not name its version/)
    }
    const other = { ...action, ref: commit.replace("0", "f") }
    assert.match(pinFaults([action, other])[0] ?? "", /is not the commit of the other places/)
  })

  it("are compared with the tags of their repositories, where these can be reached", () => {
    const host = mkdtempSync(join(tmpdir(), "tickd-actions-"))
    try {
      const home = join(host, "owner", "name")
      mkdirSync(home, { recursive: true })
      const git = (...args: ReadonlyArray<string>) => {
        const who = ["-c", "user.name=t", "-c", "user.email=t@localhost"]
        const { status, stderr, stdout } = spawnSync("git", ["-C", home, ...who, ...args], { encoding: "utf8" })
        assert.strictEqual(status, 0, stderr)
        return stdout.trim()
      }
      git("init", "--quiet")
      git("commit", "--quiet", "--allow-empty", "--message", "one")
      const first = git("rev-parse", "HEAD")
      git("tag", "v1.2.3")
      git("tag", "--annotate", "--message", "x", "v1.3.0")
      git("commit", "--quiet", "--allow-empty", "--message", "two")
      const moved = (change: Partial<UsedAction>) => movedPins([{ ...action, ...change }], `file://${host}`)
      assert.deepStrictEqual(moved({ ref: first }), [])
      assert.deepStrictEqual(moved({ ref: first, version: "v1.3.0" }), [], "an annotated tag counts by its commit")
      assert.deepStrictEqual(moved({}), [
        `${action.place}: owner/name@${commit} is not v1.2.3, whose commit is ${first}`
      ])
      assert.match(moved({ version: "v9.9.9" })[0] ?? "", /owner\/name has no version v9\.9\.9$/)
      assert.match(moved({ repository: "owner/gone" })[0] ?? "", /could not be compared: /)
    } finally {
      rmSync(host, { recursive: true })
    }
  })
})

describe("deploy/dev/publish-image.sh", () => {
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`
  const image = "ghcr.io/owner/tickd"
  const standIn = `#!/usr/bin/env bash
echo "$*" >>"$(dirname "$0")/calls"
case "$1 $2 $3" in
  "buildx imagetools inspect")
    [ ! -e "$(dirname "$0")/down" ] || { echo "ERROR: connection refused" >&2; exit 1; }
    grep -m1 "^$6 " "$(dirname "$0")/tags" | cut -d' ' -f2 | grep . || { echo "ERROR: $6: not found" >&2; exit 1; } ;;
  "buildx imagetools create") echo "$5 ${digest("c")}" >>"$(dirname "$0")/tags" ;;
  "image inspect --format") echo "other@${digest("e")}"; echo "${image}@${digest("a")}" ;;
esac
`
  /** Runs the script with a stand-in for docker, whose registry has `tags`. */
  const publish = (tags: string, args: ReadonlyArray<string>, down = false) => {
    const home = mkdtempSync(join(tmpdir(), "tickd-publish-"))
    try {
      writeFileSync(join(home, "docker"), standIn, { mode: 0o755 })
      writeFileSync(join(home, "tags"), tags)
      if (down) writeFileSync(join(home, "down"), "")
      const { status, stderr, stdout } = spawnSync(
        "bash",
        [join(projectRoot, "deploy/dev/publish-image.sh"), ...args],
        { encoding: "utf8", env: { PATH: `${home}:/usr/bin:/bin` } }
      )
      const calls = spawnSync("cat", [join(home, "calls")], { encoding: "utf8" }).stdout
      return { status, stderr, stdout, calls }
    } finally {
      rmSync(home, { recursive: true })
    }
  }

  it("pushes one processor, and prints its digest at this registry", () => {
    const { calls, stdout } = publish("", ["push", "tickd:scan", image, "1.0.0", "arm64"])
    assert.strictEqual(stdout, `arm64=${digest("a")}\n`)
    assert.include(calls, `tag tickd:scan ${image}:1.0.0-arm64\npush ${image}:1.0.0-arm64\n`)
  })

  it("makes one image of both, and prints the release before it", () => {
    const args = ["index", image, "1.0.0", digest("a"), digest("b")]
    const first = publish("", args)
    assert.strictEqual(first.stdout, `digest=${digest("c")}\nprevious=\n`)
    assert.include(first.calls, `create --tag ${image}:1.0.0 ${image}@${digest("a")} ${image}@${digest("b")}\n`)
    const second = publish(`${image}:stable ${digest("d")}\n`, args)
    assert.strictEqual(second.stdout, `digest=${digest("c")}\nprevious=${digest("d")}\n`)
  })

  it("builds no version twice, and does not take a registry that is down for one without the version", () => {
    const args = ["index", image, "1.0.0", digest("a")]
    const again = publish(`${image}:1.0.0 ${digest("d")}\n`, args)
    assert.deepStrictEqual([again.status, again.stdout], [1, ""])
    assert.strictEqual(again.stderr, `publish-image: ${image}:1.0.0 exists already: raise the version\n`)
    const down = publish("", args, true)
    assert.deepStrictEqual([down.status, down.stdout], [1, ""])
    assert.match(down.stderr, /did not answer for ghcr\.io\/owner\/tickd:1\.0\.0: ERROR: connection refused/)
    assert.notInclude(again.calls + down.calls, "create")
  })

  it("refuses what is no digest", () => {
    const { calls, status, stderr } = publish("", ["index", image, "1.0.0", digest("a"), "latest"])
    assert.strictEqual(status, 1)
    assert.match(stderr, /"latest" is no digest/)
    assert.notInclude(calls, "create")
  })

  it("moves the tag stable last, and prints how to deploy by digest and how to go back", () => {
    const { calls, stdout } = publish("", ["stable", image, "1.0.0", digest("c"), digest("d")])
    assert.include(calls, `create --tag ${image}:stable ${image}@${digest("c")}\n`)
    assert.include(stdout, `TICKD_IMAGE=${image}@${digest("c")}`)
    assert.include(stdout, `gh attestation verify oci://${image}@${digest("c")} --repo owner/tickd`)
    assert.include(stdout, `Go back: \`TICKD_IMAGE=${image}@${digest("d")}\``)
    const first = publish("", ["stable", image, "1.0.0", digest("c"), ""]).stdout
    assert.include(first, "There is no release before this one to go back to.")
    const workflow = read("image.yml")
    assert.isAbove(workflow.indexOf("publish-image.sh stable"), workflow.lastIndexOf("uses: actions/attest@"))
  })
})
