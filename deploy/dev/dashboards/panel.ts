// What a panel of a dashboard is, in this project's words. `grafana.ts` makes Grafana's JSON from it, and the checks
// read it: which metrics it reads, and whether it may be empty.
import type { Bilingual } from "../../../src/kernel/bilingual.ts"

export interface Query {
  readonly expr: string
  /** Names of labels in `{{…}}`, or a text. */
  readonly legend: string
}

type Colour = "green" | "yellow" | "orange" | "red" | "blue" | "purple" | "grey"

/** From which value on a colour holds; the first one holds below all others. */
type Steps = readonly [first: Colour, ...rest: ReadonlyArray<readonly [from: number, colour: Colour]>]

export interface Panel {
  /**
   * `trend`: lines over time. `now`: the newest value of each series. `rows`: the newest values as a table, one row
   * for each set of labels. `bars`: the newest values, sorted. `states`: a coloured band for each series. `grid`: one
   * row of cells for each series. `buckets`: a histogram over time.
   */
  readonly kind: "trend" | "now" | "rows" | "bars" | "states" | "grid" | "buckets"
  readonly title: Bilingual
  /** What it shows, and what its colours mean. */
  readonly about: Bilingual
  /** Grafana's name of the unit. */
  readonly unit: string
  readonly steps: Steps
  /** Texts for values, such as `passed` for 1. */
  readonly texts?: Readonly<Record<number, readonly [text: Bilingual, colour: Colour]>>
  readonly queries: ReadonlyArray<Query>
  /** Of 24 columns; 8 if omitted. */
  readonly width?: number
  readonly height?: number
  readonly max?: number
  /** Show the name of the series instead of its value. */
  readonly isNameShown?: true
  /** Lines are stacked upon each other. */
  readonly isStacked?: true
  /** Why nothing to show can be right. The metrics must exist even so. Omit: the panel always shows something. */
  readonly mayBeEmpty?: Bilingual
}

/** Panels of one subject under a heading. */
export interface Row {
  readonly title: Bilingual
  readonly panels: ReadonlyArray<Panel>
}

export interface Annotation {
  readonly title: Bilingual
  /** A mark stands wherever it is not 0. */
  readonly expr: string
  readonly text: string
  readonly colour: Colour
  readonly mayBeEmpty?: Bilingual
}

export interface Dashboard {
  /** Name of its file, and its id in links. */
  readonly uid: string
  readonly title: string
  readonly about: Bilingual
  /** What stands above it to choose from. */
  readonly chooses: "feeds" | "instances"
  readonly rows: ReadonlyArray<Row>
  readonly annotations: ReadonlyArray<Annotation>
}

/** `Throughput · 吞吐` */
export const both = ({ en, zh }: Bilingual): string => `${en} · ${zh}`
/** Two paragraphs. */
export const paragraphs = ({ en, zh }: Bilingual): string => `${en}\n\n${zh}`

/** No limit is right for every site: the value is to be compared with itself. */
export const noLimit: Steps = ["blue"]
/** Anything above 0 is wrong. */
export const zeroIsRight: Steps = ["green", [1, "red"]]

// Matchers of the dashboards' variables.
export const ofFeed = `feed=~"$feed"`
export const ofAccount = `feed=~"$feed",account=~"$account"`
export const ofSession = `feed=~"$feed",account=~"$account",session_window=~"$session"`
/** What `market-data-service-live` and `subscription-worker` of `deploy/prometheus/prometheus.yml` scrape. */
export const daemon = `job="market-data-service-live"`
export const worker = `job="subscription-worker"`
export const runbook = `job="runbook"`
/** The trading daemons that are chosen. */
export const ofInstance = `instance=~"$instance"`
