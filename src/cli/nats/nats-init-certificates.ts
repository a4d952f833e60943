import { createPrivateKey, createPublicKey, KeyObject, randomBytes, webcrypto } from "node:crypto"
import { isIP } from "node:net"
// It uses decorators, so the polyfill comes first.
import "reflect-metadata"
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator
} from "@peculiar/x509"
import { Effect } from "effect"
import { dayMs } from "../../kernel/time/shanghai-time.ts"

const authorityDays = 3650
/** The longest that every client accepts. */
const serverDays = 825
const p256 = { name: "ECDSA", namedCurve: "P-256" } as const
const sha256 = { name: "ECDSA", hash: "SHA-256" } as const

type Key = webcrypto.CryptoKey
const pemOf = (key: Key): string => KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString()
const newKeys = Effect.promise(() => webcrypto.subtle.generateKey(p256, true, ["sign", "verify"]))

/** The pair of a private key that is kept as PEM. Throws when the text is no EC key on P-256. */
const keysOfPem = async (pem: string): Promise<webcrypto.CryptoKeyPair> => {
  const key = createPrivateKey(pem)
  const spki = createPublicKey(key).export({ type: "spki", format: "der" })
  const pkcs8 = key.export({ type: "pkcs8", format: "der" })
  return {
    privateKey: await webcrypto.subtle.importKey("pkcs8", pkcs8, p256, true, ["sign"]),
    publicKey: await webcrypto.subtle.importKey("spki", spki, p256, true, ["verify"])
  }
}

const validity = (days: number) => {
  const now = Date.now()
  return { notBefore: new Date(now), notAfter: new Date(now + days * dayMs) }
}

/** 16 bytes, the first below 0x80: a serial is a positive number. */
const serialNumber = (): string => `40${randomBytes(15).toString("hex")}`

const authorityCertificate = Effect.fnUntraced(function* (keys: webcrypto.CryptoKeyPair) {
  return yield* Effect.promise(async () =>
    X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: [{ CN: ["tickd NATS authority"] }],
      ...validity(authorityDays),
      keys,
      signingAlgorithm: sha256,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey)
      ]
    })
  )
})

/** A certificate of the server for `hosts`, signed by the authority. */
const serverCertificate = Effect.fnUntraced(function* (options: {
  readonly hosts: ReadonlyArray<string>
  readonly publicKey: Key
  readonly authority: string
  readonly authorityKey: Key
}) {
  return yield* Effect.promise(async () => {
    const authority = new X509Certificate(options.authority)
    return X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [options.hosts[0]?.slice(0, 64) ?? "localhost"] }],
      issuer: authority.subjectName.toJSON(),
      ...validity(serverDays),
      publicKey: options.publicKey,
      signingKey: options.authorityKey,
      signingAlgorithm: sha256,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        // clientAuth: the nodes of a cluster show it to one another
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        await SubjectKeyIdentifierExtension.create(options.publicKey),
        await AuthorityKeyIdentifierExtension.create(authority),
        new SubjectAlternativeNameExtension(
          options.hosts.map((host) => ({ type: isIP(host) === 0 ? ("dns" as const) : ("ip" as const), value: host }))
        )
      ]
    })
  })
})

const text = (certificate: { toString: (format: "pem") => string }): string => `${certificate.toString("pem")}\n`

/** An authority of this installation and a server certificate for `hosts`: file names and PEM texts. Keys: EC P-256. */
export const makeCertificates = Effect.fnUntraced(function* (hosts: ReadonlyArray<string>) {
  const [authorityKeys, serverKeys] = [yield* newKeys, yield* newKeys]
  const authority = text(yield* authorityCertificate(authorityKeys))
  const server = yield* serverCertificate({
    hosts,
    publicKey: serverKeys.publicKey,
    authority,
    authorityKey: authorityKeys.privateKey
  })
  return [
    ["ca.crt", authority],
    ["ca.key", pemOf(authorityKeys.privateKey)],
    ["server.crt", text(server)],
    ["server.key", pemOf(serverKeys.privateKey)]
  ] as const
})

/** What a renewal reads, as PEM. */
export interface KeptCertificates {
  readonly authority: string
  readonly authorityKey: string
  readonly server: string
  readonly serverKey: string
}

/** Names and addresses of a server certificate. */
const hostsOf = Effect.fnUntraced(function* (server: string) {
  const names = new X509Certificate(server).getExtension(SubjectAlternativeNameExtension)?.names.toJSON() ?? []
  return names.map(({ value }) => value)
})

/** A new certificate for the same server key; `hosts` empty: for the same hosts. Fails when a text is no such PEM. */
export const renewCertificate = Effect.fnUntraced(function* (kept: KeptCertificates, hosts: ReadonlyArray<string>) {
  const [authorityKeys, serverKeys] = yield* Effect.tryPromise(() =>
    Promise.all([keysOfPem(kept.authorityKey), keysOfPem(kept.serverKey)])
  )
  const named = hosts.length > 0 ? hosts : yield* hostsOf(kept.server)
  const certificate = yield* serverCertificate({
    hosts: named,
    publicKey: serverKeys.publicKey,
    authority: kept.authority,
    authorityKey: authorityKeys.privateKey
  })
  return { hosts: named, server: text(certificate) }
})
