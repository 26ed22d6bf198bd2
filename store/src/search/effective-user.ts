/** The account alone of what a runtime says a command ran as: `nobody (uid 65534)` is found by `nobody`. */
export const accountName = (effectiveUser: string): string => effectiveUser.replace(/ \(uid \d+\)$/, '').trim();
