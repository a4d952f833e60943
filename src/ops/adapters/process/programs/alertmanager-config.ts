import { readFileSync } from "node:fs"
import { join } from "node:path"
import { systemCodeOf } from "../../../../kernel/system-fault.ts"
import { RuntimeError } from "../../../ports/runtime.ts"

/** What stands in `deploy/alertmanager/alertmanager.yml`: the default folder of the addresses. */
const writtenDir = "/etc/tickd/alertmanager/"

/**
 * The effective configuration: the template with the folder of this run. A template without the places would read the
 * addresses of another run, so it is refused. Throws `RuntimeError`.
 */
export const alertmanagerConfig = (template: string, folder: string, receiversDir: string): string => {
  const text = template
    .replaceAll(/^( +- url_file: )\/etc\/tickd\/alertmanager\/(\S+)$/gm, (_, key: string, name: string) => {
      return `${key}${JSON.stringify(join(receiversDir, name))}`
    })
    .replace(/^ {2}- templates\//m, `  - ${folder}/templates/`)
  if (text.includes(`url_file: ${writtenDir}`) || receiverFiles(template).length === 0 || !text.includes(folder)) {
    throw new RuntimeError({
      message: `deploy/alertmanager/alertmanager.yml has no 'url_file: ${writtenDir}NAME.url' or no 'templates/*.tmpl': restore the file of this version.`
    })
  }
  return text
}

/** Names of the files with an address, such as `critical.url`. */
const receiverFiles = (template: string): ReadonlyArray<string> => [
  ...new Set([...template.matchAll(/^ +- url_file: \/etc\/tickd\/alertmanager\/(\S+)$/gm)].map(([, name = ""]) => name))
]

/** Why a receiver hears nothing, with the fix. Never the content of a file: it is a secret. */
const receiverFault = (path: string): string | undefined => {
  try {
    const text = readFileSync(path, "utf8").trim()
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return undefined
    return `${path} holds no http:// or https:// address`
  } catch (cause) {
    return `${path} cannot be read (${systemCodeOf(cause)})`
  }
}

/** The receivers of this machine that hear nothing; undefined: all of them have an address. */
export const receiverFaults = (template: string, receiversDir: string): string | undefined => {
  const faults = receiverFiles(template).flatMap((name) => receiverFault(join(receiversDir, name)) ?? [])
  return faults.length === 0
    ? undefined
    : `Alerts do not reach every receiver: ${faults.join("; ")}. Write one URL into each of these files: Alertmanager reads it at each notification, without a restart.`
}

/** Its last lines, where it refused its configuration or found no templates: one sentence with the fix. */
export const explainAlertmanager = (message: string): string | undefined => {
  const refused = /Loading configuration file failed.* file=(\S+) err="((?:[^"\\]|\\.)*)/.exec(message)
  if (refused !== null) {
    const [, file = "", why = ""] = refused
    const plain = why.replaceAll(/\\n\s*/g, " ").replaceAll('\\"', '"')
    return `${file} is refused (${plain}): correct deploy/alertmanager/alertmanager.yml, of which it is a copy, and check it with 'amtool check-config'.`
  }
  return /alertmanager: (.* is Debian's build and finds no templates .*)$/.exec(message)?.[1]
}
