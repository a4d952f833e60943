import { execFile } from "node:child_process"
import { generateKeyPairSync, randomBytes } from "node:crypto"
import { writeFileSync } from "node:fs"
import { isIP } from "node:net"
import { join } from "node:path"
import { Effect } from "effect"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"

const authorityDays = 3650
/** The longest that every client accepts. */
const serverDays = 825

/** Configuration of `openssl`: of its own, so that the machine's does not matter, and kept for renewals. */
export const opensslConfig = (hosts: ReadonlyArray<string>): string =>
  [
    "# openssl's part of tickd nats init; docs/operations/nats-security.md says how to renew with it",
    "[req]",
    "prompt = no",
    "distinguished_name = subject",
    "[subject]",
    `CN = ${hosts[0]?.slice(0, 64) ?? "localhost"}`,
    "[authority]",
    "basicConstraints = critical, CA:TRUE, pathlen:0",
    "keyUsage = critical, keyCertSign, cRLSign",
    "subjectKeyIdentifier = hash",
    "[server]",
    "basicConstraints = critical, CA:FALSE",
    "keyUsage = critical, digitalSignature",
    "# clientAuth: the nodes of a cluster show it to one another",
    "extendedKeyUsage = serverAuth, clientAuth",
    "subjectKeyIdentifier = hash",
    "authorityKeyIdentifier = keyid",
    `subjectAltName = ${hosts.map((host) => `${isIP(host) === 0 ? "DNS" : "IP"}:${host}`).join(", ")}`,
    ""
  ].join("\n")

/** Keys are made here and not by openssl: its file modes depend on the version and the umask. */
const privateKey = (): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString()

const openssl = (program: string, folder: string, args: ReadonlyArray<string>): Effect.Effect<void, UserError> =>
  Effect.callback((resume) => {
    const child = execFile(program, args, { cwd: folder, timeout: 30_000 }, (error, _stdout, stderr) => {
      if (error === null) return resume(Effect.void)
      const missing = "code" in error && error.code === "ENOENT"
      const said = stderr.trim().split("\n").at(-1) ?? ""
      resume(
        Effect.fail(
          missing
            ? new UserError({
                code: "OPENSSL_MISSING",
                exitCode: exitCodes.unavailable,
                message: `Certificates are signed with the program ${program}, which is not on the PATH: install openssl and run this again.`
              })
            : new UserError({
                code: "OPENSSL_FAILED",
                exitCode: exitCodes.unavailable,
                message: `openssl ${args[0]} did not make a certificate (${said === "" ? "it said nothing" : said}): check that version 1.1.1 or newer is installed.`
              })
        )
      )
    })
    return Effect.sync(() => void child.kill())
  })

/**
 * An authority of this installation and a server certificate for `hosts`, in `folder`: ca.crt, ca.key, server.crt,
 * server.key, openssl.cnf. Fails with `OPENSSL_MISSING` or `OPENSSL_FAILED`.
 */
export const makeCertificates = Effect.fnUntraced(function* (
  folder: string,
  hosts: ReadonlyArray<string>,
  program = "openssl"
): Effect.fn.Return<void, UserError> {
  const secret = { mode: 0o600, flag: "wx" } as const
  writeFileSync(join(folder, "openssl.cnf"), opensslConfig(hosts), secret)
  writeFileSync(join(folder, "ca.key"), privateKey(), secret)
  writeFileSync(join(folder, "server.key"), privateKey(), secret)
  const sign = (line: string, ...rest: ReadonlyArray<string>) => openssl(program, folder, [...line.split(" "), ...rest])
  yield* sign(
    `req -x509 -new -sha256 -key ca.key -days ${authorityDays} -config openssl.cnf -extensions authority -out ca.crt`,
    "-subj",
    "/CN=tickd NATS authority"
  )
  yield* sign("req -new -key server.key -config openssl.cnf -out server.csr")
  // a first byte under 0x80: a serial is a positive number
  const serial = `0x40${randomBytes(15).toString("hex")}`
  yield* sign(
    `x509 -req -sha256 -in server.csr -CA ca.crt -CAkey ca.key -set_serial ${serial} -days ${serverDays} -extfile openssl.cnf -extensions server -out server.crt`
  )
})
