/** The C library as the agent calls it: every foreign function of the house, with the types of its man page. */
import { getSystemErrorName } from "node:util";
import koffi, { type KoffiFunc } from "koffi";

/** The symbols this process is linked with already, so glibc and musl alike. */
const libc = koffi.load(null);

type Integer = number;

/** A `struct timespec`: two 64-bit integers. */
export type Timespec = BigInt64Array;

const bind = <Signature extends (...parameters: never[]) => Integer>(definition: string): KoffiFunc<Signature> =>
  libc.func(definition) as unknown as KoffiFunc<Signature>;

export const socket = bind<(domain: Integer, type: Integer, protocol: Integer) => Integer>(
  "int socket(int domain, int type, int protocol)",
);
export const bindSocket = bind<(fd: Integer, address: Uint8Array, length: Integer) => Integer>(
  "int bind(int fd, const uint8_t *address, uint32_t length)",
);
export const setsockopt = bind<
  (fd: Integer, level: Integer, option: Integer, value: Uint8Array, length: Integer) => Integer
>("int setsockopt(int fd, int level, int option, const uint8_t *value, uint32_t length)");
export const sendto = bind<
  (
    fd: Integer,
    data: Uint8Array,
    length: Integer,
    flags: Integer,
    address: Uint8Array,
    addressLength: Integer,
  ) => Integer
>("intptr_t sendto(int fd, const uint8_t *data, size_t length, int flags, const uint8_t *address, uint32_t size)");
export const recv = bind<(fd: Integer, buffer: Uint8Array, length: Integer, flags: Integer) => Integer>(
  "intptr_t recv(int fd, _Out_ uint8_t *buffer, size_t length, int flags)",
);
export const recvmsg = bind<(fd: Integer, message: bigint, flags: Integer) => Integer>(
  "intptr_t recvmsg(int fd, void *message, int flags)",
);
export const connect = bind<(fd: Integer, address: Uint8Array, length: Integer) => Integer>(
  "int connect(int fd, const uint8_t *address, uint32_t length)",
);
export const read = bind<(fd: Integer, buffer: Uint8Array, length: Integer) => Integer>(
  "intptr_t read(int fd, _Out_ uint8_t *buffer, size_t length)",
);
export const write = bind<(fd: Integer, data: Uint8Array, length: Integer) => Integer>(
  "intptr_t write(int fd, const uint8_t *data, size_t length)",
);
export const close = bind<(fd: Integer) => Integer>("int close(int fd)");
export const ppoll = bind<(fds: Uint8Array, count: Integer, timeout: Timespec | null, mask: null) => Integer>(
  "int ppoll(_Inout_ uint8_t *fds, unsigned long count, const int64_t *timeout, const void *mask)",
);
export const eventfd = bind<(initial: Integer, flags: Integer) => Integer>("int eventfd(unsigned int n, int flags)");
export const schedSetscheduler = bind<(pid: Integer, policy: Integer, parameters: Int32Array) => Integer>(
  "int sched_setscheduler(int pid, int policy, const int32_t *parameters)",
);
export const prctl = bind<(option: Integer, a: Integer, b: Integer, c: Integer, d: Integer) => Integer>(
  "int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)",
);

/** A system call that failed: which one, on what, and the errno's name in `code`. */
export class SystemCallError extends Error {
  readonly call: string;
  /** The errno by name, such as `EPERM`. */
  readonly code: string;

  constructor(call: string, subject: string, code: string) {
    super(`${call} ${subject}: ${code}`);
    this.name = "SystemCallError";
    this.call = call;
    this.code = code;
  }
}

/** The error of the call this thread made last. Must be asked for before anything else is called. */
export function lastError(call: string, subject: string): SystemCallError {
  return new SystemCallError(call, subject, lastErrno());
}

/** Its errno by name alone: where nothing is wrong, an error with its stack would cost more than the call. */
export function lastErrno(): string {
  return errnoName(koffi.errno());
}

/** The name of an errno, such as `ENODEV` for 19. */
export function errnoName(errno: number): string {
  return errno > 0 ? getSystemErrorName(-errno) : "OK";
}

/** Returns the result of a call, or throws what errno says when the result is negative. */
export function checked(result: number, call: string, subject: string): number {
  if (result < 0) throw lastError(call, subject);
  return result;
}
