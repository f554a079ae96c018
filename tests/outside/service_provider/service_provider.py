#!/usr/bin/env python3
"""A service provider of MyData, written from docs/mydata.md and nothing of this platform's code.

It holds what `minben mydata client add` told (a JSON file) and lets a test drive it over HTTP:

  GET  /start?resources=A:B&pid=A123456789&tx=T   -> 302 to MyData
  GET  /back?code=200&tx_id=T                     the person comes back here
  POST /notify                                    the SP-API
  GET  /ticket?tx=T                               for a test that steals it
  GET  /fetch?tx=T | ?ticket=X                    asks for the data once and says what came
  GET  /state?tx=T
"""
import base64
import hashlib
import io
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes, padding as block_padding
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography import x509
from jwcrypto import jwe, jwk

settings = json.load(open(sys.argv[1]))
transactions = {}


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def secret(octets):
    return jwk.JWK(kty="oct", k=b64url(octets))


def old_cipher():
    key = (settings["client_secret"] * 2).encode()
    return Cipher(algorithms.AES(key), modes.CBC(settings["cbc_iv"].encode()))


def close_pid(pid):
    if settings.get("old_pid"):
        pad = block_padding.PKCS7(128).padder()
        padded = pad.update(pid.encode()) + pad.finalize()
        encryptor = old_cipher().encryptor()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
    token = jwe.JWE(pid.encode(), json.dumps({"alg": "A256KW", "enc": "A256GCM"}))
    token.add_recipient(secret(from_b64url(settings["key"])))
    return token.serialize(compact=True)


def open_secret_key(text):
    if settings.get("old_secret_key"):
        assert len(text) == 64, "64 characters of base64"
        decryptor = old_cipher().decryptor()
        padded = decryptor.update(base64.b64decode(text)) + decryptor.finalize()
        pad = block_padding.PKCS7(128).unpadder()
        return pad.update(padded) + pad.finalize()
    token = jwe.JWE()
    token.deserialize(text, secret(from_b64url(settings["key"])))
    return token.payload


def member(archive, name):
    for path in ("META-INFO/" + name, "META-INF/" + name):
        if path in archive.namelist():
            return archive.read(path)
    raise AssertionError("no " + name)


def open_resource(content):
    """Checks digests and signature; the data files."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    manifest = member(archive, "manifest.xml")
    certificate = x509.load_der_x509_certificate(member(archive, "certificate.cer"))
    certificate.public_key().verify(member(archive, "manifest.sha256withrsa"), manifest,
                                    padding.PKCS1v15(), hashes.SHA256())
    files = {}
    for file in xml.fromstring(manifest).iter("file"):
        name = file.findtext("filename")
        data = archive.read(name)
        assert hashlib.sha256(data).hexdigest() == file.findtext("digest"), name
        binary = name.endswith(".pdf")
        files[name] = base64.b64encode(data).decode() if binary else data.decode("utf-8-sig")
    return files


def open_package(token_text, key):
    token = jwe.JWE()
    token.allowed_algs = ["A256KW", "A256GCMKW", "A256CBC-HS512", "A256GCM"]
    token.deserialize(token_text, secret(key))
    payload = json.loads(token.payload)
    assert payload["filename"] == settings["client_id"] + ".zip"
    mark = "application/zip;data:"
    assert payload["data"].startswith(mark)
    archive = zipfile.ZipFile(io.BytesIO(from_b64url(payload["data"][len(mark):])))
    codes, files = {}, {}
    for file in xml.fromstring(member(archive, "manifest.xml")).iter("file"):
        resource, code = file.findtext("resource_id"), int(file.findtext("code"))
        codes[resource] = code
        if code == 200:  # the rules: process nothing else
            files[resource] = open_resource(archive.read(file.findtext("filename")))
    header = json.loads(from_b64url(token_text.split(".")[0]))
    return {"codes": codes, "files": files, "alg": header["alg"], "enc": header["enc"]}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def fetch(ticket, key):
    headers = {"permission_ticket": ticket}
    if not settings.get("no_token"):
        headers["Authorization"] = "Bearer " + settings["data_token"]
    request = urllib.request.Request(settings["mydata"] + "/service/data", headers=headers)
    try:
        answer = urllib.request.build_opener(NoRedirect).open(request)
    except urllib.error.HTTPError as refused:
        return {"status": refused.code, "retry_after": refused.headers.get("Retry-After")}
    text = answer.read().decode()
    return {"status": answer.status, **(open_package(text, key) if key else {"stolen": text})}


class Handler(BaseHTTPRequestHandler):
    def reply(self, value, status=200, location=None):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        known = transactions.setdefault(query.get("tx") or query.get("tx_id") or "", {})
        if url.path == "/start":
            resources = base64.b64encode(query["resources"].encode()).decode()
            parameters = urllib.parse.urlencode(
                {"returnUrl": settings["return_url"], "pid": close_pid(query["pid"])})
            self.reply({}, 302, f"{settings['mydata']}/service/{settings['client_id']}/"
                                f"{resources}/{query['tx']}?{parameters}")
        elif url.path == "/back":
            known["code"] = int(query["code"])
            self.reply(known["code"])
        elif url.path == "/fetch":
            ticket = query.get("ticket") or known.get("ticket", "")
            self.reply(fetch(ticket, None if "ticket" in query else known.get("key")))
        elif url.path == "/ticket":
            self.reply(known.get("ticket"))
        elif url.path == "/state":
            self.reply({"code": known.get("code"), "told": "ticket" in known,
                        "unable": known.get("unable")})
        else:
            self.reply({}, 404)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/notify" or body["apiKey"] != settings["api_key"]:
            return self.reply({}, 401)
        if settings.get("deaf"):
            return self.reply({}, 500)
        transactions.setdefault(body["tx_id"], {}).update(
            ticket=body["permission_ticket"], key=open_secret_key(body["secret_key"]),
            unable=body["unable_to_deliver"])
        self.reply({})

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", settings["port"]), Handler)
print("listening", server.server_address[1], flush=True)
server.serve_forever()
