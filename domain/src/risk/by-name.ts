/** A table whose rows may be of several names: `'docker podman'`. */
export const byName = <Rule>(rows: readonly (readonly [names: string, rule: Rule])[]): ReadonlyMap<string, Rule> =>
  new Map(rows.flatMap(([names, rule]) => names.split(' ').map((name): [string, Rule] => [name, rule])));
