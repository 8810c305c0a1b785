/** What the operating system refuses, apart from mistakes of this program. */

/** An error of the operating system: `code` is the errno's name. */
export type KernelError = Error & { readonly code: string };

/** Tells the operating system's refusals, which a node lives with, from mistakes of this program, which it does not. */
export function isKernelError(error: unknown): error is KernelError {
  return error instanceof Error && "code" in error && typeof error.code === "string" && /^E[A-Z0-9]+$/.test(error.code);
}
