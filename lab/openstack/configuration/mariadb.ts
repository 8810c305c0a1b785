/** The database server's options. It listens on a socket in its own folder and nowhere else. */
import { DATABASE_DIR, DATABASE_SOCKET } from "../settings/places.ts";

const COMMON = ["--no-defaults", `--datadir=${DATABASE_DIR}`, `--tmpdir=${DATABASE_DIR}`, "--user=mysql"] as const;

/** Makes an empty folder a database whose root is known by being root on the socket's other end. */
export const INSTALL_DATABASE: readonly string[] = [
  "mariadb-install-db",
  ...COMMON,
  "--auth-root-authentication-method=socket",
  "--skip-test-db",
];

/**
 * A lab's data survive any end of the server, a kill too: each commit is handed to the kernel, and pages are written
 * twice. They need not survive the end of the machine: nothing waits for the disk.
 */
export const DATABASE_SERVER: readonly string[] = [
  "mariadbd",
  ...COMMON,
  `--socket=${DATABASE_SOCKET}`,
  `--pid-file=${DATABASE_DIR}/mysqld.pid`,
  "--skip-networking",
  "--skip-log-bin",
  "--innodb-flush-log-at-trx-commit=2",
  "--innodb-flush-method=nosync",
  "--innodb-buffer-pool-size=96M",
  "--innodb-log-file-size=32M",
  "--performance-schema=off",
  "--max-connections=500",
  "--character-set-server=utf8mb3",
  "--collation-server=utf8mb3_general_ci",
];

/** The client, as root. */
export const sql = (statement: string): readonly string[] => [
  "mariadb",
  "--no-defaults",
  "--batch",
  "--skip-column-names",
  `--socket=${DATABASE_SOCKET}`,
  "--user=root",
  `--execute=${statement}`,
];
