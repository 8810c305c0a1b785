// A stand-in for pulumi-resource-ovh 2.19.1, where that plugin cannot be had.
import manifest from "@ovhcloud/pulumi-ovh/package.json" with { type: "json" };
import { serveProvider } from "../providerPlugin.ts";
import { ovhProvider } from "./provider.ts";

serveProvider(ovhProvider(manifest.version, process.env));
