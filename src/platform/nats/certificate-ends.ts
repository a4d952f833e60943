import { X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import { createConnection } from "node:net"
import { connect as connectTls } from "node:tls"

/** A certificate that a connection to NATS needs, and when it ends, epoch milliseconds. */
export interface CertificateEnd {
  readonly certificate: "authority" | "client" | "server"
  readonly endMs: number
}

const answerMs = 1500

/** The earliest end of the certificates in a file; undefined: it holds none that can be read. */
const fileEnd = async (path: string): Promise<number | undefined> => {
  const blocks =
    (await readFile(path, "utf8")).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.length === 0
    ? undefined
    : Math.min(...blocks.map((block) => Date.parse(new X509Certificate(block).validTo)))
}

/**
 * What a server shows. Trust is not asked: the end of a certificate that has ended must be seen too, and nothing is
 * sent to the server.
 */
const serverEnd = (host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, timeout: answerMs })
    const fail = (cause: unknown) => {
      socket.destroy()
      reject(cause)
    }
    socket.once("error", fail)
    socket.once("timeout", () => fail(new Error(`no answer of ${host}:${port}`)))
    // A server of NATS speaks first, and then expects the handshake.
    socket.once("data", () => {
      const secure = connectTls({ socket, rejectUnauthorized: false }, () => {
        const { valid_to } = secure.getPeerCertificate()
        secure.destroy()
        socket.destroy()
        resolve(Date.parse(valid_to))
      })
      secure.once("error", fail)
    })
  })

/**
 * The ends of the certificates of a configured TLS connection: the two files, and the earliest of the servers. What
 * cannot be read is left out; never fails.
 */
export const certificateEnds = async (
  url: string,
  tls: { readonly caFile?: string; readonly certFile?: string }
): Promise<ReadonlyArray<CertificateEnd>> => {
  const servers = url.split(",").flatMap((each) => {
    const at = URL.parse(/^[a-z+]+:\/\//i.test(each.trim()) ? each.trim() : `nats://${each.trim()}`)
    return at === null ? [] : [serverEnd(at.hostname.replace(/^\[|\]$/g, ""), Number(at.port || 4222))]
  })
  const ends = await Promise.allSettled(servers)
  const found = ends.flatMap((end) => (end.status === "fulfilled" && !Number.isNaN(end.value) ? [end.value] : []))
  const ofFile = async (path: string | undefined) =>
    path === undefined ? undefined : await fileEnd(path).catch(() => undefined)
  return [
    { certificate: "authority" as const, endMs: await ofFile(tls.caFile) },
    { certificate: "client" as const, endMs: await ofFile(tls.certFile) },
    { certificate: "server" as const, endMs: found.length === 0 ? undefined : Math.min(...found) }
  ].flatMap(({ certificate, endMs }) => (endMs === undefined ? [] : [{ certificate, endMs }]))
}
