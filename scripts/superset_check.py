"""What scripts/superset-check does, once Superset has a database of its own: starts its server, imports
the bundle as a browser would, and asks for every chart's data by its API."""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ["SUPERSET_HOME"])
PORT = int(os.environ.get("RETAIL_SUPERSET_PORT", "18088"))
URL = f"http://127.0.0.1:{PORT}"


class Superset:
    def __init__(self):
        self.token = None

    def ask(self, path, body=None, kind="application/json"):
        headers = {"Content-Type": kind} if body else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(URL + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            why = "".join((HOME / "server.log").read_text().splitlines(keepends=True)[-150:])
            sys.exit(f"{why}superset: {path}: {error.code} {error.read().decode()[:2000]}")

    def log_in(self):
        login = {"username": "admin", "password": os.environ["SUPERSET_SECRET"], "provider": "db"}
        self.token = self.ask("/api/v1/security/login", json.dumps(login).encode())["access_token"]

    def import_bundle(self, bundle, password):
        """As the page does that asks for the password."""
        line = "retail-bundle-boundary"
        parts = [
            f'--{line}\r\nContent-Disposition: form-data; name="passwords"\r\n\r\n'
            f'{json.dumps({"databases/retail.yaml": password})}\r\n',
            f'--{line}\r\nContent-Disposition: form-data; name="overwrite"\r\n\r\ntrue\r\n',
            f'--{line}\r\nContent-Disposition: form-data; name="formData"; filename="retail.zip"\r\n'
            "Content-Type: application/zip\r\n\r\n",
        ]
        body = "".join(parts).encode() + bundle + f"\r\n--{line}--\r\n".encode()
        self.ask("/api/v1/dashboard/import/", body, f"multipart/form-data; boundary={line}")

    def charts(self, dashboard):
        found = {}
        for chart in self.ask(f"/api/v1/dashboard/{dashboard}/charts")["result"]:
            data = self.ask(f"/api/v1/chart/{chart['id']}/data/?force=true")
            found[chart["slice_name"]] = data["result"][0]["data"]
        return found


def started():
    log = (HOME / "server.log").open("w")
    serve = [sys.executable, "-m", "gunicorn", "-w", "1", "--threads", "4", "-k", "gthread", "-t", "120"]
    server = subprocess.Popen([*serve, "-b", f"127.0.0.1:{PORT}", os.environ["FLASK_APP"]], stdout=log, stderr=log)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{URL}/health", timeout=5)
            return server
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.2)
    server.kill()
    sys.exit("superset: it did not start: " + (HOME / "server.log").read_text()[-2000:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--shot")
    parser.add_argument("--serve", action="store_true")
    given = parser.parse_args()
    url = urllib.parse.urlsplit(given.address)
    slug = "retail-sales-clickhouse" if url.scheme.startswith("clickhouse") else "retail-sales"
    server = started()
    try:
        superset, bundle = Superset(), HOME / "retail.zip"
        superset.log_in()
        without = given.address.replace(f":{url.password}@", "@", 1)
        subprocess.run([HERE / "superset-bundle", bundle, without], check=True)
        superset.import_bundle(bundle.read_bytes(), urllib.parse.unquote(url.password))
        answer = {"charts": superset.charts(slug)}
        if given.shot:
            look = ["node", HERE.parent / "tests/bi/superset.mjs", URL, os.environ["SUPERSET_SECRET"], slug, given.shot]
            answer["seen"] = json.loads(subprocess.run(look, check=True, stdout=subprocess.PIPE).stdout)
        json.dump(answer, sys.stdout, indent=1)
        print(flush=True)
        if given.serve:
            print(f"superset: {URL}, admin, {os.environ['SUPERSET_SECRET']}", file=sys.stderr, flush=True)
            server.wait()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
