"""The lab's daemon as one compute host sees it: JSON over HTTP on a unix socket (lab/openstack/compute/socket.ts)."""

import http.client
import json
import os
import socket

SOCKET_VARIABLE = "VIPF_HYPERVISOR_SOCKET"

# A boot that hangs is given up by the daemon after two minutes, and waits for those before it.
REQUEST_TIMEOUT_SECONDS = 600


class Refused(Exception):
    """The daemon could not do what it was asked."""


class NotThere(Refused):
    """The daemon knows no such server on this host."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Hypervisor:
    """Requests on behalf of one compute host. Each has a connection of its own, so that none waits for another."""

    def __init__(self, host):
        self._socket = os.environ[SOCKET_VARIABLE]
        self._host = host

    def ask(self, method, path, body=None):
        """Sends a request and returns what the answer says."""
        connection, response = self._send(method, path, body, REQUEST_TIMEOUT_SECONDS)
        with connection_closed(connection):
            return json.loads(response.read())

    def server(self, method, uuid, path="", body=None):
        """Sends a request about one server."""
        return self.ask(method, f"/servers/{uuid}{path}", body)

    def events(self):
        """Yields changes of the servers' power until the daemon ends the stream; None once it has begun."""
        connection, response = self._send("GET", "/events", None, None)
        with connection_closed(connection):
            while line := response.readline():
                yield json.loads(line) if line.strip() else None

    def _send(self, method, path, body, timeout):
        connection = _UnixConnection(self._socket, timeout)
        try:
            data = None if body is None else json.dumps(body)
            headers = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, f"/hosts/{self._host}{path}", data, headers)
            response = connection.getresponse()
            if response.status == 200:
                return connection, response
            message = json.loads(response.read()).get("message", "")
        except BaseException:
            connection.close()
            raise
        connection.close()
        failure = NotThere if response.status == 404 else Refused
        raise failure(f"{method} {path}: {response.status} {message}")


class connection_closed:
    """Closes a connection at the end of a block."""

    def __init__(self, connection):
        self._connection = connection

    def __enter__(self):
        return self._connection

    def __exit__(self, *_):
        self._connection.close()
