/** The verbs that act on a daemon; each has one planner in decide/plan/. */
export const ACTING_VERBS = ['start', 'stop', 'restart', 'reload', 'force-reload', 'condrestart', 'signal'] as const
export type ActingVerb = (typeof ACTING_VERBS)[number]
