// The bill of materials (CycloneDX) from npm. npm names it after the folder and gives each run another number and time:
// the same lock and commit must give the same file, so that two builds can be compared.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type Lock, packagesOf } from "./lock.ts"

interface Component {
  readonly "bom-ref": string
  readonly name: string
  readonly version: string
  readonly hashes?: ReadonlyArray<{ readonly alg: string; readonly content: string }>
  readonly licenses?: ReadonlyArray<unknown>
  readonly properties?: ReadonlyArray<{ readonly name: string; readonly value: string }>
}
export interface Sbom {
  readonly bomFormat: string
  readonly specVersion: string
  readonly serialNumber: string
  readonly metadata: { readonly timestamp: string; readonly component: Component }
  readonly components: ReadonlyArray<Component>
  readonly dependencies: ReadonlyArray<{ readonly ref: string; readonly dependsOn: ReadonlyArray<string> }>
}

export const readSbom = (root: string, commitTime: string): Sbom => {
  const args = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"]
  const { error, status, stderr, stdout } = spawnSync("npm", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 })
  if (status !== 0) throw new Error(`npm sbom failed: ${error?.message ?? stderr.trim().split("\n")[0]}`)
  const found = JSON.parse(stdout) as Sbom
  const { description, name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const sum = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex")
  const uuid = `${sum.slice(0, 8)}-${sum.slice(8, 12)}-5${sum.slice(13, 16)}-8${sum.slice(17, 20)}-${sum.slice(20, 32)}`
  return {
    ...found,
    serialNumber: `urn:uuid:${uuid}`,
    metadata: {
      ...found.metadata,
      timestamp: commitTime,
      component: { ...found.metadata.component, name, ...(description === undefined ? {} : { description }) }
    }
  }
}

/** What ships: without the packages that only build and test. */
export const productionOf = (sbom: Sbom): Sbom => {
  const ships = ({ properties = [] }: Component) =>
    !properties.some(({ name, value }) => name === "cdx:npm:package:development" && value === "true")
  const components = sbom.components.filter(ships)
  const kept = new Set([sbom.metadata.component["bom-ref"], ...components.map((component) => component["bom-ref"])])
  return {
    ...sbom,
    components,
    dependencies: sbom.dependencies
      .filter(({ ref }) => kept.has(ref))
      .map(({ dependsOn, ref }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }))
  }
}

/** Every package of the lock is in it once, with the hash of the lock and a licence. */
export const sbomFaults = (sbom: Sbom, lock: Lock): ReadonlyArray<string> => {
  const listed = new Map(sbom.components.map((component) => [`${component.name}@${component.version}`, component]))
  const locked = new Map(packagesOf(lock).map(({ entry, id }) => [id, entry]))
  return [
    ...(sbom.bomFormat === "CycloneDX" ? [] : [`the bill of materials is ${sbom.bomFormat}, not CycloneDX`]),
    ...[...locked].flatMap(([id, { integrity = "" }]) => {
      const component = listed.get(id)
      if (component === undefined) return [`${id} is in the lock and not in the bill of materials`]
      const hash = Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex")
      return [
        ...(component.hashes?.some(({ alg, content }) => alg === "SHA-512" && content === hash) === true
          ? []
          : [`${id} has another hash in the bill of materials than in the lock`]),
        ...((component.licenses?.length ?? 0) > 0 ? [] : [`${id} has no licence in the bill of materials`])
      ]
    }),
    ...[...listed.keys()]
      .filter((id) => !locked.has(id))
      .map((id) => `${id} is in the bill of materials and not in the lock`)
  ]
}
