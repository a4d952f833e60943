// A check of the supply chain that finds nothing is only worth something when it is known to find a fault. Each gets a
// project with one fault here. Values that look like secrets are put together, so the scan finds none in this file.
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { binaryFault } from "../../../deploy/dev/security/binaries.ts"
import {
  installScriptFaults,
  type Lock,
  type LockEntry,
  licenceAllowed,
  licenceFaults,
  lockFaults
} from "../../../deploy/dev/security/lock.ts"
import { productionOf, readSbom, sbomFaults } from "../../../deploy/dev/security/sbom.ts"
import { scan } from "../../../deploy/dev/security/scan.ts"
import { secretsIn } from "../../../deploy/dev/security/secret-rules.ts"
import { projectRoot } from "../../../src/platform/process/project.ts"

const folders: Array<string> = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const write = (root: string, path: string, content: string | Buffer) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}

/** A new repository; `commit` writes files (`undefined` removes one) and commits them. */
const repository = () => {
  const root = mkdtempSync(join(tmpdir(), "tickd-security-"))
  folders.push(root)
  const git = (...args: ReadonlyArray<string>) => {
    const who = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main"]
    const { status, stderr } = spawnSync("git", ["-C", root, ...who, ...args], { encoding: "utf8" })
    assert.strictEqual(status, 0, `git ${args.join(" ")}: ${stderr}`)
  }
  git("init", "--quiet")
  const commit = (files: Readonly<Record<string, string | Buffer | undefined>>, message = "a change") => {
    for (const [path, content] of Object.entries(files)) {
      if (content === undefined) rmSync(join(root, path))
      else write(root, path, content)
    }
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", message)
  }
  return { root, git, commit }
}

const integrity = `sha512-${"A".repeat(86)}==`
const lockOf = (packages: Readonly<Record<string, LockEntry>>): Lock => ({
  lockfileVersion: 3,
  packages: { "": {}, ...packages }
})
const good = { version: "1.2.3", integrity, license: "MIT" }
const word = (...parts: ReadonlyArray<string>) => parts.join("")

const elf = Buffer.from("7f454c4602010100", "hex")
const natsSeed = word("SU", "AMK2FVRTZQ5XWYHGDL3PBJ7OCEN4IS6UTAMK2FVRTZQ5XWYHGDL3PBJ7")
const authCode = word("8J4K2M9", "QX7WZ3VTR")

describe("the lock file", () => {
  const faultOf = (entry: LockEntry & Lock["packages"][string], path = "node_modules/a") =>
    lockFaults(lockOf({ [path]: entry }))

  it("accepts packages of a registry only, each with its content", () => {
    assert.deepStrictEqual(faultOf({ ...good, resolved: "https://registry.invalid/a/-/a-1.2.3.tgz" }), [])
    for (const resolved of [
      "http://registry.invalid/a/-/a-1.2.3.tgz",
      "git+ssh://git@code.invalid/a.git#0123456",
      "git+https://code.invalid/a.git#0123456",
      "file:../a.tgz",
      "https://code.invalid/a/archive/main.tar.gz"
    ]) {
      const only = [`a@1.2.3 comes from ${resolved}: only a package of a registry over https is accepted`]
      assert.deepStrictEqual(faultOf({ ...good, resolved }), only)
    }
    for (const sum of [undefined, "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="]) {
      const { integrity: _, ...without } = good
      const entry = sum === undefined ? without : { ...good, integrity: sum }
      assert.deepStrictEqual(faultOf(entry), ["a@1.2.3 has no sha512 in the lock: resolve the lock again with npm 11"])
    }
    assert.match(faultOf({ ...good, link: true })[0] ?? "", /is a link to a folder/)
    assert.match(faultOf(good, "packages/a")[0] ?? "", /is a folder, not a package/)
    assert.deepStrictEqual(lockFaults({ ...lockOf({}), packages: { "": { dependencies: { a: "^1.2.3" } } } }), [
      'a "^1.2.3" is not one exact version: npm install --save-exact a'
    ])
  })

  it("accepts licences of its lists, production and development apart", () => {
    const lock = lockOf({
      "node_modules/a": { ...good, license: "GPL-3.0-only" },
      "node_modules/b": { ...good, license: "MPL-2.0" },
      "node_modules/c": { ...good, license: "MPL-2.0", dev: true },
      "node_modules/d": { version: "1.0.0", integrity }
    })
    assert.deepStrictEqual(licenceFaults(lock, ["MIT"], ["MIT", "MPL-2.0", "ISC"]), [
      "a@1.2.3 has the licence GPL-3.0-only, which is not accepted in production: ask, then extend deploy/dev/security/policy.ts",
      "b@1.2.3 has the licence MPL-2.0, which is not accepted in production: ask, then extend deploy/dev/security/policy.ts",
      "d@1.0.0 declares no licence: read its text, then use another package",
      "no production package has the licence MIT: take it from deploy/dev/security/policy.ts",
      "no development package has the licence ISC: take it from deploy/dev/security/policy.ts"
    ])
  })

  it("reads SPDX expressions: one of OR is enough, AND needs both", () => {
    const allowed = ["MIT", "ISC"]
    for (const text of ["MIT", "GPL-3.0 OR MIT", "(MIT AND ISC)", "GPL-3.0 AND X OR MIT", "(GPL-3.0 OR MIT) AND ISC"]) {
      assert.isTrue(licenceAllowed(text, allowed), text)
    }
    for (const text of ["GPL-3.0", "MIT AND GPL-3.0", "MIT ISC", "", "(MIT", "SEE LICENSE IN MIT", "MIT AND"]) {
      assert.isFalse(licenceAllowed(text, allowed), text)
    }
  })

  it("finds an install script in the lock, and in an installed package of which the lock says nothing", () => {
    const { root } = repository()
    write(root, "node_modules/b/package.json", JSON.stringify({ scripts: { postinstall: "node take.js" } }))
    write(root, "node_modules/c/package.json", JSON.stringify({ scripts: { test: "true" } }))
    write(root, "node_modules/d/package.json", "{}")
    write(root, "node_modules/d/binding.gyp", "{}")
    const lock = lockOf({
      "node_modules/a": { ...good, hasInstallScript: true },
      "node_modules/b": good,
      "node_modules/c": good,
      "node_modules/d": good
    })
    assert.deepStrictEqual(installScriptFaults(lock, { "d@1.2.3": "compiles", "c@1.2.3": "none" }, root), [
      "a@1.2.3 has an install script that is not listed: read it, then list it in deploy/dev/security/policy.ts",
      "b@1.2.3 has an install script that is not listed: read it, then list it in deploy/dev/security/policy.ts",
      "c@1.2.3 has no install script in the lock: take it from deploy/dev/security/policy.ts"
    ])
    assert.lengthOf(installScriptFaults(lock, { "d@1.2.2": "compiles" }, root), 4, "another version is looked at again")
  })
})

describe("the bill of materials", () => {
  const lock = JSON.parse(readFileSync(join(projectRoot, "package-lock.json"), "utf8")) as Lock
  const sbom = readSbom(projectRoot, "2026-01-02T03:04:05Z")

  it("has each package of the lock, and is the same for the same lock and commit", () => {
    assert.deepStrictEqual(sbomFaults(sbom, lock), [])
    assert.deepInclude(sbom.metadata.component, { name: "tickd" })
    assert.match(sbom.serialNumber, /^urn:uuid:[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/)
    const names = productionOf(sbom).components.map(({ name }) => name)
    assert.includeMembers(names, ["effect", "koffi", "xstate"])
    assert.notIncludeMembers(names, ["vitest", "esbuild"])
  })

  it("is refused when it misses a package, has one more, or another hash", () => {
    const [first, second, ...rest] = sbom.components
    assert.isDefined(first)
    assert.isDefined(second)
    const id = (one: { readonly name: string; readonly version: string }) => `${one.name}@${one.version}`
    assert.deepStrictEqual(
      sbomFaults(
        {
          ...sbom,
          components: [
            ...rest,
            { ...second, hashes: [{ alg: "SHA-512", content: "00" }], licenses: [] },
            { "bom-ref": "x", name: "x", version: "1.0.0" }
          ]
        },
        lock
      ).toSorted(),
      [
        `${id(first)} is in the lock and not in the bill of materials`,
        `${id(second)} has another hash in the bill of materials than in the lock`,
        `${id(second)} has no licence in the bill of materials`,
        "x@1.0.0 is in the bill of materials and not in the lock"
      ].toSorted()
    )
  })
})

describe("secrets", () => {
  it("knows each kind", () => {
    const body = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg"
    const kinds: Readonly<Record<string, string>> = {
      "private key": word("-----BEGIN EC PRIVATE", ` KEY-----\\n${body}`),
      "age key": word("AGE-SECRET", `-KEY-1${"QZ9P2R7Y8".repeat(7).slice(0, 58)}`),
      "NATS seed": `"${natsSeed}"`,
      "token of a code host or registry": word("gh", "p_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
      "Slack token": word("xox", "b-1234567890-abcdefghijkl"),
      "AWS key": word("AK", "IA", "J2K4L6M8N1P3Q5R7"),
      "Alpaca key": word("P", "K7X2M9Q4WZ3VTR8J5LH"),
      "Alpaca secret": word("APCA_API_SECRET_KEY=", "q8Wz3VtR7x2M9Q4k5LhD1bN6cF0gJ8sY4pT2uE7a"),
      "JSON web token": word("ey", "JhbGciOiJIUzI1NiJ9.ey", "JzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"),
      "address of a chat robot": word(
        "access_token",
        "=0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
      ),
      "CTP password or authentication code": word("CTP_PRIMARY_", "PASSWORD=482915"),
      "password in an address": word("nats://ticks:", "q8Wz3VtR7x2M9Q4k@broker:4222"),
      "random value of a secret name": word('"auth', `Code": "${authCode}"`)
    }
    for (const [rule, text] of Object.entries(kinds)) {
      assert.include(
        secretsIn(`first\n${text}\n`).map((found) => `${found.line} ${found.rule}`),
        `2 ${rule}`
      )
    }
  })

  it("does not report a reference to a secret, or a word that stands for one", () => {
    for (const text of [
      "CTP_PRIMARY_PASSWORD=${CTP_PRIMARY_PASSWORD:?}",
      "CTP_PRIMARY_PASSWORD=<password>",
      "CTP_PRIMARY_PASSWORD: process.env.X",
      "CTP_PRIMARY_PASSWORD_FILE=/etc/credstore/tickd.password",
      "nats://user:${PASSWORD}@broker:4222",
      'token: "the name of the token"',
      "-----BEGIN PRIVATE KEY-----"
    ]) {
      assert.deepStrictEqual(secretsIn(text), [], text)
    }
  })

  it("finds one that a later commit removed, in a merge, a message, a name with a space and the working folder", async () => {
    const { commit, git, root } = repository()
    const line = (code: string) => word("CTP_BACKUP_", `AUTH_CODE=${code}\n`)
    commit({ "a b.env": line("1111aaaa2222bbbb") })
    commit({ "a b.env": undefined }, word("message with ", "gh", "o_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"))
    git("checkout", "--quiet", "-b", "side")
    commit({ one: "1" })
    git("checkout", "--quiet", "main")
    commit({ two: "2" })
    git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    commit({ merged: line("3333cccc4444dddd") }, "merge")
    commit({ merged: undefined, ".gitattributes": "*.env binary\n", ".gitignore": "ignored\n" })
    write(root, "new.env", line("5555eeee6666ffff"))
    write(root, "ignored", line("7777gggg8888hhhh"))
    const { commits, secrets } = await scan(root, ["HEAD"], [], {})
    assert.strictEqual(commits, 6)
    assert.deepStrictEqual(
      secrets
        .map((text) => text.replace(/: replace it .*| \(object [\da-f]{12}\)|(?<=commit )[\da-f]{12}/g, ""))
        .toSorted(),
      [
        'a b.env:1: CTP password or authentication code, "111…" of 16 characters',
        'merged:1: CTP password or authentication code, "333…" of 16 characters',
        'new.env:1: CTP password or authentication code, "555…" of 16 characters',
        'the message of commit :6: token of a code host or registry, "gho…" of 40 characters'
      ]
    )
    const allowed = [{ reason: "", below: "a", values: ["1111aaaa2222bbbb", "3333cccc4444dddd"] }]
    assert.lengthOf((await scan(root, ["HEAD"], allowed, {})).secrets, 3, "an entry holds below its path only")
  })
})

describe("binaries", () => {
  const tar = (name: string, content: Buffer) => {
    const head = Buffer.alloc(512)
    head.write(name)
    head.write(content.length.toString(8).padStart(11, "0"), 124)
    head.write("ustar", 257)
    return Buffer.concat([head, content, Buffer.alloc(512 - (content.length % 512))])
  }

  it("knows each kind by its content, and looks into compressed files", () => {
    const windows = Buffer.alloc(128)
    windows.write("MZ")
    windows.writeUInt32LE(64, 60)
    windows.write("PE\0\0", 64, "latin1")
    const vendor = Buffer.from("/////////\n///@system x\n///@company y\n///@file ThostFtdcUserApiStruct.h\n")
    for (const [path, bytes, fault] of [
      ["data.txt", elf, "an ELF program or library"],
      ["data.txt", windows, "a Windows program or library"],
      ["data.txt", Buffer.from("cffaedfe07000001", "hex"), "a Mach-O program"],
      ["data.txt", Buffer.from("!<arch>\nx"), "a static library"],
      ["data.txt", Buffer.from("PK\u0003\u0004x"), "a zip archive"],
      ["structs.txt", vendor, "a header of the vendor"],
      ["lib/thostmduserapi_se.txt", Buffer.from("x"), "a file of the vendor's archive by its name"],
      ["lib/x.so.6", Buffer.from("x"), "a program or library by its name"],
      ["data.gz", gzipSync(elf), "a gzip file with an ELF program or library"],
      [
        "data.tgz",
        gzipSync(tar("readme", elf)),
        "a gzip file with an archive whose readme is an ELF program or library"
      ],
      ["data.gz", Buffer.from("1f8b0000", "hex"), "a gzip file that cannot be read"]
    ] as const) {
      assert.strictEqual(binaryFault(path, bytes), fault, `${path}: ${fault}`)
    }
    for (const [path, bytes] of [
      ["a.csv.gz", gzipSync("1,2\n")],
      ["notes.md", Buffer.from("ThostFtdcUserApiStruct.h has its fields. MZ.")],
      ["all.tgz", gzipSync(tar("readme", Buffer.from("text")))]
    ] as const) {
      assert.isUndefined(binaryFault(path, bytes), path)
    }
  })

  it("finds one that a later commit removed", async () => {
    const { commit, root } = repository()
    commit({ "lib/feed.dat": elf, "more.zip": Buffer.from("PK\u0003\u0004x") })
    commit({ "lib/feed.dat": undefined })
    const { binaries } = await scan(root, ["HEAD"], [], { "more.zip": "a table" })
    assert.lengthOf(binaries, 1)
    assert.match(binaries[0] ?? "", /^lib\/feed\.dat \(object [\da-f]{12}\) is an ELF program or library: take it out/)
  })
})

describe("npm run security", () => {
  let output = ""
  let status: number | null = null
  beforeAll(() => {
    const { commit, root } = repository()
    const asked = { name: "x", version: "1.0.0", dependencies: { a: "1.2.3" } }
    const lock = { ...asked, ...lockOf({ "node_modules/a": { ...good, license: "SSPL-1.0", hasInstallScript: true } }) }
    lock.packages = { ...lock.packages, "": asked }
    commit({
      "package.json": JSON.stringify(asked),
      "package-lock.json": JSON.stringify(lock).replace(integrity, "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
      ".github/workflows/a.yml": "jobs:\n  a:\n    steps:\n      - uses: owner/name@v1\n",
      "key.txt": natsSeed,
      "feed.dat": elf
    })
    const program = join(projectRoot, "deploy", "dev", "security.ts")
    const run = spawnSync(process.execPath, [program, "--root", root], { encoding: "utf8" })
    output = run.stdout
    status = run.status
  })
  it("fails for each check with a fault, and counts nothing that did not run as passed", () => {
    assert.strictEqual(status, 1, output)
    for (const name of [
      "lock file",
      "licences",
      "install scripts",
      "bill of materials",
      "action pins",
      "secrets",
      "binaries"
    ]) {
      assert.match(output, new RegExp(`^FAIL {4}${name}: `, "m"))
    }
    assert.match(output, /^skipped: vulnerabilities: /m)
    assert.match(output, /\n0 passed, 7 failed, 5 skipped\n$/)
    assert.notInclude(output, natsSeed.slice(4))
  })
})
