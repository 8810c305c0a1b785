import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type BuiltPort,
  type BuiltRegion,
  type BuiltServer,
  keepsInterfaces,
  planConvergence,
  type Step,
} from "../../lab/host/network/plan.ts";
import type { RegionPlan, RouterPlan, SegmentPlan, ServerPlan } from "../../lab/host/region.ts";
import { edgeRegion, nodeId, nodePort, nodePortId, nodeServer, PRIVATE, ROUTER, VIP, VRRP } from "./edgeRegion.ts";

const EMPTY: BuiltRegion = {
  segments: new Map(),
  ports: new Map(),
  routers: new Map(),
  servers: new Map(),
  filter: { segments: [], ports: [] },
  routes: [],
};

const stagesFor = (built: BuiltRegion, plan: RegionPlan, number = 1): readonly (readonly Step[])[] =>
  planConvergence(built, { plan, number });

const kinds = (stages: readonly (readonly Step[])[]): readonly string[] => stages.flat().map(({ kind }) => kind);

/** A host on which every step succeeds; refuses steps that a real one could not take. */
class PaperHost {
  readonly segments = new Map<string, SegmentPlan>();
  readonly ports = new Map<string, BuiltPort>();
  readonly routers = new Map<string, RouterPlan>();
  readonly servers = new Map<string, BuiltServer>();
  filter: BuiltRegion["filter"] = EMPTY.filter;
  routes: BuiltRegion["routes"] = [];

  converge(plan: RegionPlan, number: number): void {
    for (const step of stagesFor(this, plan, number).flat()) this.take(step, plan, number);
  }

  take(step: Step, plan: RegionPlan, number: number): void {
    switch (step.kind) {
      case "destroy-server":
        assert.ok(this.servers.delete(step.serverId), "destroys a server that is not there");
        this.#unplugAll(step.serverId);
        break;
      case "unplug-port":
        assert.ok(this.ports.delete(step.portId), "unplugs a port that is not plugged");
        break;
      case "remove-router":
        assert.ok(this.routers.delete(step.router.id), "removes a router that is not there");
        break;
      case "remove-segment":
        this.#assertUnused(step.segmentId);
        assert.ok(this.segments.delete(step.segmentId), "removes a segment that is not there");
        break;
      case "make-segment":
        assert.equal(this.segments.has(step.segment.id), false, "makes a segment twice");
        this.segments.set(step.segment.id, step.segment);
        break;
      case "set-mtu":
        assert.ok(this.segments.has(step.segment.id));
        this.segments.set(step.segment.id, step.segment);
        break;
      case "set-filter":
        this.filter = step.filter;
        break;
      case "set-routes":
        this.routes = step.routes;
        break;
      case "set-router": {
        const before = this.routers.get(step.router.id);
        assert.ok(before === undefined || keepsInterfaces(before, step.router), "changes what a router cannot change");
        for (const { segmentId } of step.router.interfaces) assert.ok(this.segments.has(segmentId), "no such segment");
        this.routers.set(step.router.id, step.router);
        break;
      }
      case "plug-port":
        assert.equal(this.servers.get(step.port.serverId)?.status, "running", "plugs into a server that is off");
        this.#plug(step.port);
        break;
      case "change-port":
        assert.equal(this.ports.get(step.port.plan.id)?.device, step.port.device);
        this.ports.set(step.port.plan.id, step.port);
        break;
      case "stop-server":
        this.#unplugAll(step.server.id);
        this.servers.set(step.server.id, { plan: step.server, status: "off", since: number });
        break;
      case "start-server":
        assert.notEqual(this.servers.get(step.server.id)?.status, "running", "starts a server that runs");
        this.servers.set(step.server.id, { plan: step.server, status: "running", since: 0 });
        for (const [index, port] of portsOf(step.server, plan).entries()) {
          this.#plug({ plan: port, serverId: step.server.id, device: `eth${index}` });
        }
        break;
      case "note-server": {
        const { status = "off", since = number } = this.servers.get(step.server.id) ?? {};
        this.servers.set(step.server.id, { plan: step.server, status, since });
      }
    }
  }

  /** Never open before it is filtered, never without a switch, never two cards of one name. */
  #plug(port: BuiltPort): void {
    assert.deepEqual(
      this.filter.ports.find(({ id }) => id === port.plan.id),
      port.plan,
      "plugged before it is filtered",
    );
    assert.ok(this.segments.has(port.plan.segmentId), "plugged into nothing");
    const others = [...this.ports.values()].filter(({ serverId }) => serverId === port.serverId);
    assert.equal(
      others.some(({ device }) => device === port.device),
      false,
      `two cards are ${port.device}`,
    );
    this.ports.set(port.plan.id, port);
  }

  #unplugAll(serverId: string): void {
    for (const port of [...this.ports.values()]) if (port.serverId === serverId) this.ports.delete(port.plan.id);
  }

  #assertUnused(segmentId: string): void {
    for (const { plan } of this.ports.values()) assert.notEqual(plan.segmentId, segmentId, "a port is on it");
    for (const { interfaces, external } of this.routers.values()) {
      for (const used of [...interfaces, ...(external === undefined ? [] : [external])]) {
        assert.notEqual(used.segmentId, segmentId, "a router is on it");
      }
    }
  }
}

const portsOf = (server: ServerPlan, plan: RegionPlan): RegionPlan["ports"] =>
  server.portIds.flatMap((id) => plan.ports.find((port) => port.id === id) ?? []);

function hostWith(plan: RegionPlan): PaperHost {
  const host = new PaperHost();
  host.converge(plan, 1);
  return host;
}

/** Regions over a few ids, so that two of them in a row share some things and differ in others. */
const anyRegion: fc.Arbitrary<RegionPlan> = fc
  .record({
    segments: fc.subarray(["a", "b", "c"], { minLength: 1 }),
    mtu: fc.constantFrom(1450, 1500),
    routers: fc.subarray(["r1", "r2"]),
    snat: fc.boolean(),
    servers: fc.subarray([1, 2, 3]),
    power: fc.array(fc.constantFrom("on" as const, "off" as const), { minLength: 3, maxLength: 3 }),
    generation: fc.integer({ min: 1, max: 2 }),
    ports: fc.subarray([1, 2, 3, 4, 5]),
    onSegment: fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
    adminUp: fc.boolean(),
    pair: fc.boolean(),
    routes: fc.option(fc.subarray(["203.0.113.11", "203.0.113.12"]), { nil: undefined }),
  })
  .map((draw) => {
    const segmentAt = (index: number): string => draw.segments[index % draw.segments.length] ?? "a";
    return {
      segments: draw.segments.map((id) => ({ id, kind: "tenant" as const, mtu: draw.mtu })),
      ports: draw.ports.map((node, index) => ({
        ...nodePort(node, [VRRP], draw.pair ? undefined : []),
        segmentId: segmentAt(draw.onSegment[index] ?? 0),
        adminUp: draw.adminUp,
      })),
      routers: draw.routers.map((id, index) => {
        const [inside] = ROUTER.interfaces;
        assert.ok(inside && ROUTER.external);
        return {
          id,
          external: { ...ROUTER.external, segmentId: segmentAt(index), snat: draw.snat },
          interfaces: [{ ...inside, segmentId: segmentAt(draw.onSegment[index] ?? 0) }],
          floatingIps: [],
        };
      }),
      servers: draw.servers.map((node, index) => ({
        ...nodeServer(node),
        power: draw.power[index] ?? "on",
        generation: draw.generation,
        portIds: draw.ports.filter((port) => port % 3 === node % 3).map(nodePortId),
      })),
      ...(draw.routes === undefined
        ? {}
        : { routes: draw.routes.map((via, index) => ({ destination: `198.51.100.1${index}/32`, via })) }),
    };
  });

describe("planning a convergence", () => {
  it("builds an empty host in an order in which everything finds what it needs", () => {
    const region = edgeRegion([nodePort(1, [VRRP]), nodePort(2, [VRRP])]);
    assert.deepEqual(kinds(stagesFor(EMPTY, region)), [
      ...["make-segment", "make-segment", "set-filter", "set-router", "start-server", "start-server"],
    ]);
  });

  it("does nothing for a region that is as planned", () => {
    const region = edgeRegion([nodePort(1, [VRRP]), nodePort(2, [VRRP])]);
    assert.deepEqual(stagesFor(hostWith(region), region, 2), []);
  });

  it("gets from any region to any other, and has nothing left to do then", () => {
    fc.assert(
      fc.property(fc.array(anyRegion, { minLength: 1, maxLength: 5 }), (regions) => {
        const host = new PaperHost();
        for (const [index, region] of regions.entries()) {
          host.converge(region, index + 1);
          assert.deepEqual(kinds(stagesFor(host, region, index + 2)), []);
          const plugged = region.servers
            .filter(({ power }) => power === "on")
            .flatMap((server) => portsOf(server, region).map(({ id }) => id));
          assert.deepEqual([...host.ports.keys()].toSorted(), plugged.toSorted());
        }
      }),
      { numRuns: 300 },
    );
  });

  it("touches only the filter when rules or pairs change", () => {
    const host = hostWith(edgeRegion([nodePort(1, [VRRP]), nodePort(2, [VRRP])]));
    assert.deepEqual(kinds(stagesFor(host, edgeRegion([nodePort(1, [VRRP]), nodePort(2, [], [])]), 2)), ["set-filter"]);
  });

  it("leads an address elsewhere once the filter lets it be used there", () => {
    const region = edgeRegion([nodePort(1, [VRRP]), nodePort(2, [VRRP])]);
    const host = hostWith({ ...region, routes: [{ destination: "198.51.100.10/32", via: "203.0.113.105" }] });
    const pairs = [VIP, "198.51.100.10"];
    const moved = {
      ...edgeRegion([nodePort(1, [VRRP]), nodePort(2, [VRRP], pairs)]),
      routes: [{ destination: "198.51.100.10/32", via: "203.0.113.106" }],
    };
    assert.deepEqual(kinds(stagesFor(host, moved, 2)), ["set-filter", "set-routes"]);
    host.converge(moved, 2);
    assert.deepEqual(kinds(stagesFor(host, { ...moved, routes: [] }, 3)), ["set-routes"]);
  });

  it("makes a disk anew when the generation or the image changes, and only then", () => {
    const ports = [nodePort(1, [])];
    const host = hostWith(edgeRegion(ports, [nodeServer(1)]));
    for (const change of [{ generation: 2 }, { imageId: "debian-13" }]) {
      const stages = stagesFor(host, edgeRegion(ports, [{ ...nodeServer(1), ...change }]), 2);
      assert.deepEqual(kinds(stages), ["destroy-server", "start-server"]);
    }
    const renamed = edgeRegion(ports, [{ ...nodeServer(1), name: "edge-one" }]);
    assert.deepEqual(kinds(stagesFor(host, renamed, 2)), ["note-server"]);
  });

  it("gives a hot-plugged card the first free name, and replaces a card whose MAC changed", () => {
    const ports = [nodePort(1, []), nodePort(2, []), nodePort(3, [])];
    const withPorts = (...nodes: readonly number[]): ServerPlan => ({
      ...nodeServer(1),
      portIds: nodes.map(nodePortId),
    });
    const host = hostWith(edgeRegion(ports, [withPorts(1, 2)]));
    const [unplug, plug, note] = stagesFor(host, edgeRegion(ports, [withPorts(2, 3)]), 2).flat();
    assert.deepEqual(unplug, { kind: "unplug-port", portId: nodePortId(1) });
    assert.ok(plug?.kind === "plug-port");
    assert.deepEqual([plug.port.plan.id, plug.port.device], [nodePortId(3), "eth0"]);
    assert.equal(note?.kind, "note-server");
    const otherMac = [{ ...nodePort(1, []), mac: "fa:16:3e:99:99:99" }, ...ports.slice(1)];
    assert.deepEqual(kinds(stagesFor(host, edgeRegion(otherMac, [withPorts(1, 2)]), 2)), [
      "unplug-port",
      "set-filter",
      "plug-port",
    ]);
  });

  it("makes a router anew when it leaves a segment, and changes it in place when only floating IPs move", () => {
    const host = hostWith(edgeRegion([]));
    const inner = { ...edgeRegion([]), routers: [{ ...ROUTER, interfaces: [] }] };
    assert.deepEqual(kinds(stagesFor(host, { ...inner, servers: edgeRegion([]).servers }, 2)), [
      "remove-router",
      "set-router",
    ]);
    const moved = { ...edgeRegion([]), routers: [{ ...ROUTER, floatingIps: [] }] };
    assert.deepEqual(kinds(stagesFor(host, moved, 2)), ["set-router"]);
  });

  it("follows a changed MTU on the switch", () => {
    const region = edgeRegion([]);
    const larger = { ...region, segments: region.segments.map((segment) => ({ ...segment, mtu: 9000 })) };
    const steps = stagesFor(hostWith(region), larger, 2).flat();
    assert.deepEqual(steps.flatMap((step) => (step.kind === "set-mtu" ? [step.segment.id] : [])).length, 2);
    assert.ok(steps.some((step) => step.kind === "set-mtu" && step.segment.id === PRIVATE.id));
  });
});

describe("a server that went off by itself", () => {
  const region = edgeRegion([nodePort(1, [])], [nodeServer(1)]);
  const hostWhere = (status: BuiltServer["status"], since: number): PaperHost => {
    const host = hostWith(region);
    host.ports.clear();
    host.servers.set(nodeId(1), { plan: nodeServer(1), status, since });
    return host;
  };

  it("stays off for a plan that was drawn up before", () => {
    assert.deepEqual(kinds(stagesFor(hostWhere("off", 3), region, 3)), []);
  });

  it("is started by a later plan that still wants it on", () => {
    assert.deepEqual(kinds(stagesFor(hostWhere("off", 3), region, 4)), ["start-server"]);
  });

  it("is not tried again after a failure until its plan changes", () => {
    assert.deepEqual(kinds(stagesFor(hostWhere("failed", 3), region, 4)), []);
    const off = { ...region, servers: [{ ...nodeServer(1), power: "off" as const }] };
    const host = hostWhere("failed", 3);
    host.converge(off, 4);
    assert.deepEqual(kinds(stagesFor(host, region, 5)), ["start-server"]);
  });
});
