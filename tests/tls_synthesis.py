# SPDX-License-Identifier: MIT
"""Real TLS without a network: what OpenSSL's two ends say to each other, and their secrets."""

import functools
import pathlib
import ssl
import subprocess
import tempfile

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@functools.cache
def certificate():
    """A certificate and its key, made once and gone afterwards: the folder they are in."""
    folder = tempfile.TemporaryDirectory(prefix="certificate-")
    where = pathlib.Path(folder.name)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "3650", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", where / "key.pem",
         "-out", where / "certificate.pem"],
        check=True, capture_output=True)
    return folder


class Tls:
    """
    Two ends in memory.  `said` is what went over the wire, (sender, bytes), ..., and `keys` the
    secrets of both, as a key log has them.
    """

    def __init__(self, version="1.3", ciphers=None, session=None, server=None, groups=None):
        folder = pathlib.Path(certificate().name)
        self.log = tempfile.NamedTemporaryFile(prefix="keys-")  # noqa: SIM115
        contexts = {}
        for name, protocol in (("client", ssl.PROTOCOL_TLS_CLIENT),
                               ("server", ssl.PROTOCOL_TLS_SERVER)):
            made = contexts[name] = ssl.SSLContext(protocol)
            made.minimum_version = made.maximum_version = VERSIONS[version]
            if ciphers:
                made.set_ciphers(ciphers)
            made.keylog_filename = self.log.name
        if groups:
            contexts["server"].set_ecdh_curve({"P-384": "secp384r1"}[groups])
        if server:
            contexts["server"] = server
        else:
            contexts["server"].load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        if session:
            contexts["client"] = session[0]
        contexts["client"].load_verify_locations(folder / "certificate.pem")
        self.contexts = contexts
        self.said = []
        self.buffers = {name: (ssl.MemoryBIO(), ssl.MemoryBIO()) for name in contexts}
        self.ends = {
            "client": contexts["client"].wrap_bio(
                *self.buffers["client"], server_hostname="localhost",
                session=session and session[1]),
            "server": contexts["server"].wrap_bio(*self.buffers["server"], server_side=True),
        }
        waiting = ["client", "server"]
        while waiting:
            for name in list(waiting):
                try:
                    self.ends[name].do_handshake()
                    waiting.remove(name)
                except ssl.SSLWantReadError:
                    pass
                self._flush(name)

    def _flush(self, name):
        data = self.buffers[name][1].read()
        if data:
            self.said.append((name, data))
            other = "server" if name == "client" else "client"
            self.buffers[other][0].write(data)

    def send(self, sender, data):
        """One record, or more where it is long."""
        self.ends[sender].write(data)
        self._flush(sender)
        other = self.ends["server" if sender == "client" else "client"]
        left = len(data)
        while left:
            left -= len(other.read(left))
        return self

    def talk(self, packets):
        for sender, data in packets:
            self.send(sender, data)
        return self

    @property
    def session(self):
        """For another connection, that resumes this one."""
        return self.contexts["client"], self.ends["client"].session

    @property
    def keys(self):
        return pathlib.Path(self.log.name).read_bytes()

    @property
    def cipher(self):
        return (self.ends["client"].cipher() or ("",))[0]
