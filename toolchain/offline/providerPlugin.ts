// A provider on the engine's wire: requests are taken apart, answers put together, and the engine is told what goes on.
import grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import providerService, { type IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct, { type Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { reportAndExit } from "../userError.ts";
import { engineAddress, servePlugin, unary } from "./pluginServer.ts";
import { type Provider, parseUrn, type RequestContext } from "./provider.ts";
import type { WireObject } from "./wireValues.ts";

type Engine = InstanceType<typeof engineService.EngineClient>;

/** Serves the provider until the engine ends it. */
export function serveProvider(provider: Provider): void {
  const link = new EngineLink(engineAddress(process.argv.slice(2)));
  const methods: Partial<IResourceProviderServer> = { ...meta(provider, link), ...resources(provider, link) };
  void reportAndExit(() =>
    servePlugin({
      service: providerService.ResourceProviderService,
      methods: methods as grpc.UntypedServiceImplementation,
      stop: () => {
        link.cancelled.abort(new Error("Pulumi ended the plugin"));
      },
    }),
  );
}

/** The way back to the engine: lines to show, and its word to stop. */
class EngineLink {
  readonly cancelled = new AbortController();
  private engine: Engine | undefined;

  constructor(address: string | undefined) {
    this.connect(address);
  }

  connect(address: string | undefined): void {
    if (address === undefined) return;
    this.engine = new engineService.EngineClient(address, grpc.credentials.createInsecure());
  }

  /** The signal ends the work when the engine cancels, or after the seconds of the resource's `customTimeouts`. */
  contextFor(urn: string, timeoutSeconds = 0): RequestContext {
    const log = this.logFor(urn);
    if (timeoutSeconds <= 0) return { signal: this.cancelled.signal, log };
    const late = new AbortController();
    const why = new Error(`it took longer than the ${timeoutSeconds} s of its customTimeouts`);
    setTimeout(() => {
      late.abort(why);
    }, timeoutSeconds * 1000).unref();
    return { signal: AbortSignal.any([this.cancelled.signal, late.signal]), log };
  }

  /** A line in the live display beside the resource: it is gone when the operation is done, as the official plugin's. */
  private logFor(urn: string): (line: string) => void {
    return (line) => {
      const request = new engineMessages.LogRequest()
        .setSeverity(engineMessages.LogSeverity.INFO)
        .setUrn(urn)
        .setMessage(line)
        .setEphemeral(true);
      // An engine that no longer listens has no use for the line.
      this.engine?.log(request, () => undefined);
    };
  }
}

const read = (properties: Struct | undefined): WireObject => properties?.toJavaScript() ?? {};
const write = (properties: WireObject): Struct => struct.Struct.fromJavaScript({ ...properties });

/** What is asked of the provider as a whole. */
function meta({ name, version, ...provider }: Provider, link: EngineLink): Partial<IResourceProviderServer> {
  return {
    handshake: unary((request) => {
      link.connect(request.getEngineAddress());
      return new messages.ProviderHandshakeResponse()
        .setAcceptSecrets(true)
        .setAcceptResources(true)
        .setAcceptOutputs(false)
        .setSupportsAutonamingConfiguration(false);
    }),
    attach: unary((request) => {
      link.connect(request.getAddress());
      return new empty.Empty();
    }),
    getPluginInfo: unary(() => new pluginMessages.PluginInfo().setVersion(version)),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema(JSON.stringify({ name, version }))),
    checkConfig: unary((request) => new messages.CheckResponse().setInputs(request.getNews())),
    // Another configuration is another way to the same things: nothing is replaced for it.
    diffConfig: unary(() => new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary(async (request) => {
      await provider.configure(read(request.getArgs()), link.cancelled.signal);
      return new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setAcceptresources(true)
        .setAcceptoutputs(false);
    }),
    cancel: unary((nothing) => {
      link.cancelled.abort(new Error("Pulumi was interrupted"));
      return nothing;
    }),
    invoke: unary(async (request) => {
      const result = await provider.invoke(request.getTok(), read(request.getArgs()), link.cancelled.signal);
      return new messages.InvokeResponse().setReturn(write(result));
    }),
  };
}

/** What is asked about one resource. */
function resources(provider: Provider, link: EngineLink): Partial<IResourceProviderServer> {
  return {
    check: unary((request) => {
      const { inputs, failures } = provider.check(parseUrn(request.getUrn()), read(request.getNews()));
      const reported = failures.map(({ property, reason }) =>
        new messages.CheckFailure().setProperty(property).setReason(reason),
      );
      return new messages.CheckResponse().setInputs(write(inputs)).setFailuresList(reported);
    }),
    diff: unary((request) => {
      const resource = parseUrn(request.getUrn());
      const { changed, replaces } = provider.diff(resource, read(request.getOldInputs()), read(request.getNews()));
      const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
      return new messages.DiffResponse()
        .setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME)
        .setDiffsList([...changed])
        .setReplacesList([...replaces]);
    }),
    create: unary(async (request) => {
      const urn = request.getUrn();
      const inputs = read(request.getProperties());
      const name = parseUrn(urn);
      if (request.getPreview()) {
        return new messages.CreateResponse().setProperties(write(provider.expect(name, inputs)));
      }
      const { id, state } = await provider.create(name, inputs, link.contextFor(urn, request.getTimeout()));
      return new messages.CreateResponse().setId(id).setProperties(write(state));
    }),
    read: unary(async (request) => {
      const urn = request.getUrn();
      const known = { id: request.getId(), state: read(request.getProperties()), inputs: read(request.getInputs()) };
      const found = await provider.read(parseUrn(urn), known, link.contextFor(urn));
      // A reply without an id says that there is nothing.
      if (found === undefined) return new messages.ReadResponse();
      const { id, state, inputs } = found;
      return new messages.ReadResponse().setId(id).setProperties(write(state)).setInputs(write(inputs));
    }),
    update: unary(async (request) => {
      const urn = request.getUrn();
      const news = read(request.getNews());
      const name = parseUrn(urn);
      const olds = { id: request.getId(), state: read(request.getOlds()) };
      const state = request.getPreview()
        ? provider.expect(name, news, olds.state)
        : await provider.update(name, olds, news, link.contextFor(urn, request.getTimeout()));
      return new messages.UpdateResponse().setProperties(write(state));
    }),
    delete: unary(async (request) => {
      const urn = request.getUrn();
      const olds = { id: request.getId(), state: read(request.getProperties()) };
      await provider.remove(parseUrn(urn), olds, link.contextFor(urn, request.getTimeout()));
      return new empty.Empty();
    }),
  };
}
