/** Every single slip in a good stack: one problem, at its place, and advice that mends it. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { keyName } from "../../infra/schema/explain.ts";
import type { Problem } from "../../infra/schema/problem.ts";
import { changed, fullStack, movedStack, type Slip, slipsOf } from "./slips.ts";
import { problemsOf, sourceOf } from "./stacks/exampleConfig.ts";

/** Where two places contradict each other, and the other one is blamed: what was left out there is allowed. */
const BLAMED_ELSEWHERE: Readonly<Record<string, string>> = {
  'full defaults.externalNetwork "?"': "vips.web.public.floatingIp.pool",
  "full nodes.edge-1.priority missing": "syncGroups.gateway",
  "full nodes.edge-2.priority missing": "vips.web.track.uplink",
  "full vips.web.alias.1.interface missing": "vips.web.alias[1].address",
  "full vips.web.authentication.keys missing": "vips.web.authentication.active",
  "full checks missing": "vips.web.track.uplink",
  "full states missing": "checks.port",
  "full states.conditions missing": "states.states.neutral.body[0].if",
  "full states.states.neutral.body []": "states.states.demoted",
  "full states.states.neutral.body missing": "states.states.demoted",
  "full states.states.neutral.body.0.then []": "states.states.demoted",
  "moved nodes.edge-1.priority missing": "vips.web.priorities",
  "moved nodes.edge-2.priority missing": "vips.web.priorities",
  "moved vips.web.public missing": "ssh.via",
};

const said = (config: Slip["config"]): readonly Problem[] => problemsOf(sourceOf(config));
const blame = (problems: readonly Problem[]): string =>
  problems.map(({ key, why, remedy }) => `${key} | ${why} | ${remedy}`).join("\n");

/** Whether one is in the other. */
const isAt = (key: string, at: string): boolean => key.startsWith(at) || at.startsWith(key);

for (const [name, stack] of Object.entries({ full: fullStack(), moved: movedStack() })) {
  const slips = slipsOf(stack);
  const places = [...new Set(slips.map(({ place }) => String(place[0])))];

  describe(`a slip in the ${name} stack`, () => {
    it("is none where there is none", () => {
      assert.equal(blame(said(stack)), "");
      assert.ok(slips.length > 300, String(slips.length));
    });

    for (const section of places) {
      it(`of ${section} is one problem at its place`, () => {
        for (const slip of slips.filter(({ place }) => place[0] === section)) check(name, slip);
      });
    }
  });
}

function check(stack: string, { place, what, config }: Slip): void {
  const title = `${stack} ${place.join(".")} ${what}`;
  const problems = said(config);
  const at = BLAMED_ELSEWHERE[title] === undefined ? keyName(place) : `vip-failover:${BLAMED_ELSEWHERE[title]}`;
  // In the place of a value a map may lack several keys.
  const isMap = what.includes("{");
  assert.ok(problems.length <= 1 || isMap, `${title}:\n${blame(problems)}`);
  for (const problem of problems) {
    assert.ok(isAt(problem.key, at), `${title}:\n${blame(problems)}`);
    assert.match(problem.key, /^vip-failover:/, title);
    follow(title, problem, { place, what, config });
  }
}

/** What the advice names is taken, at the place that it names. */
function follow(title: string, problem: Problem, { place, what, config }: Slip): void {
  const meant = /^did you mean (.+)\?$/.exec(problem.remedy)?.[1];
  if (meant !== undefined && what === "misspelt") {
    const last = String(place.at(-1));
    assert.equal(meant, last, title);
    return;
  }
  const example = /such as ("[^"]*"|\[[^\]]*\]|\{[^}]*\}|[^\s,;]+)/.exec(problem.remedy)?.[1];
  if (example === undefined || problem.key !== keyName(place)) return;
  const value = valueOf(example);
  if (value === undefined) return;
  const after = said(changed(config, place, value) as Slip["config"]);
  const again = after.filter(({ key, why }) => key === problem.key && why === problem.why);
  assert.equal(blame(again), "", `${title}: ${problem.remedy}`);
}

/** An example as it stands in a file; commands, addresses of hosts and the like say no value. */
function valueOf(example: string): unknown {
  try {
    return parse(example) as unknown;
  } catch {
    return undefined;
  }
}
