// Checks of package-lock.json. Each returns one sentence for each fault.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

export interface LockEntry {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly dev?: boolean
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
export interface Lock {
  readonly lockfileVersion: number
  readonly packages: Readonly<Record<string, LockEntry & Manifest>>
}

const inFolder = "node_modules/"

const nameOf = (path: string): string => path.slice(path.lastIndexOf(inFolder) + inFolder.length)

/** The packages of the lock without the project itself. */
export const packagesOf = (lock: Lock) =>
  Object.entries(lock.packages)
    .filter(([path]) => path !== "")
    .map(([path, entry]) => ({ path, entry, id: `${nameOf(path)}@${entry.version ?? "?"}` }))

/** Nothing but a package of a registry, over https, whose content the lock fixes. */
export const lockFaults = (lock: Lock): ReadonlyArray<string> => {
  const { dependencies, devDependencies, optionalDependencies } = lock.packages[""] ?? {}
  const asked = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
  return [
    ...(lock.lockfileVersion === 3 ? [] : [`package-lock.json has format ${lock.lockfileVersion}, not 3: use npm 11`]),
    ...asked
      .filter(([, range]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(range))
      .map(([name, range]) => `${name} "${range}" is not one exact version: npm install --save-exact ${name}`),
    ...packagesOf(lock).flatMap(({ entry, id, path }) => {
      if (!path.startsWith(inFolder)) return [`${path} is a folder, not a package of a registry: remove it`]
      if (entry.link === true) return [`${id} is a link to a folder: use a released version`]
      const source = entry.resolved
      // A folder name without a scheme is one of this project: `link` or a path above has reported it.
      const fetched = source === undefined || /^https:\/\/[^?#]+\.tgz$/.test(source)
      return [
        ...(fetched ? [] : [`${id} comes from ${source}: only a package of a registry over https is accepted`]),
        ...(entry.version === undefined || !/^\d+\.\d+\.\d+/.test(entry.version)
          ? [`${id} has no version of a registry: use a released version`]
          : []),
        ...(/^sha512-[\w+/]{86}==$/.test(entry.integrity ?? "")
          ? []
          : [`${id} has no sha512 in the lock: resolve the lock again with npm 11`])
      ]
    })
  ]
}

/** Whether an SPDX expression is fulfilled by licences of the list: AND binds closer than OR. */
export const licenceAllowed = (expression: string, allowed: ReadonlyArray<string>): boolean => {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? []
  let at = 0
  const one = (): boolean => {
    const token = tokens[at++]
    if (token !== "(") return token !== undefined && allowed.includes(token)
    const inner = either()
    return tokens[at++] === ")" && inner
  }
  const all = (): boolean => {
    let holds = one()
    while (tokens[at] === "AND") {
      at++
      holds = one() && holds
    }
    return holds
  }
  const either = (): boolean => {
    let holds = all()
    while (tokens[at] === "OR") {
      at++
      holds = all() || holds
    }
    return holds
  }
  return either() && at === tokens.length
}

export const licenceFaults = (
  lock: Lock,
  production: ReadonlyArray<string>,
  development: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const packages = packagesOf(lock)
  const used = (dev: boolean) =>
    packages
      .filter(({ entry }) => (entry.dev === true) === dev)
      .flatMap(({ entry }) => entry.license?.match(/[\w.+-]+/g) ?? [])
  const unused = (dev: boolean, list: ReadonlyArray<string>) => list.filter((name) => !used(dev).includes(name))
  return [
    ...packages.flatMap(({ entry: { dev, license }, id }) => {
      const [part, list] = dev === true ? ["development", development] : ["production", production]
      if (license === undefined) return [`${id} declares no licence: read its text, then use another package`]
      return licenceAllowed(license, list)
        ? []
        : [
            `${id} has the licence ${license}, which is not accepted in ${part}: ask, then extend deploy/dev/security/policy.ts`
          ]
    }),
    ...unused(false, production).map(
      (name) => `no production package has the licence ${name}: take it from deploy/dev/security/policy.ts`
    ),
    ...unused(true, development)
      .filter((name) => !production.includes(name))
      .map((name) => `no development package has the licence ${name}: take it from deploy/dev/security/policy.ts`)
  ]
}

/** Also reads the installed packages: an edited lock must not hide a script. */
export const installScriptFaults = (
  lock: Lock,
  allowed: Readonly<Record<string, string>>,
  root: string
): ReadonlyArray<string> => {
  const runsScript = (path: string) => {
    const manifest = join(root, path, "package.json")
    if (!existsSync(manifest)) return false
    const { scripts = {} } = JSON.parse(readFileSync(manifest, "utf8")) as { scripts?: Record<string, string> }
    const named = ["preinstall", "install", "postinstall"].some((name) => scripts[name] !== undefined)
    return named || existsSync(join(root, path, "binding.gyp"))
  }
  const found = packagesOf(lock).filter(({ entry, path }) => entry.hasInstallScript === true || runsScript(path))
  return [
    ...found
      .filter(({ id }) => allowed[id] === undefined)
      .map(
        ({ id }) =>
          `${id} has an install script that is not listed: read it, then list it in deploy/dev/security/policy.ts`
      ),
    ...Object.keys(allowed)
      .filter((id) => !found.some((entry) => entry.id === id))
      .map((id) => `${id} has no install script in the lock: take it from deploy/dev/security/policy.ts`)
  ]
}
