/** The agent's version: that of the package it was built from. */
import packageDocument from "../../package.json" with { type: "json" };

export const VERSION = packageDocument.version;
