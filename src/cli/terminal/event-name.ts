/** An event as people say it: XState's names of its own events are addresses. */
export const eventName = (event: string): string =>
  event === "xstate.init" ? "start" : event.replace(/^xstate\.after\.([^.]+)\..*$/, "$1 over")
