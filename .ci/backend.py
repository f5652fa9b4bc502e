"""A process under test, Relay or weir, with a project for each request, and the messages that each request caused.

`args` of the scripts that use it: oracle, kafka, redis, port and work (see plantedrun.py). The oracle's folder has to be in sys.path.
"""
import argparse
import collections
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import pipeline

QUIET = 4  # seconds without a message that end a recording
PROJECT = "424242"  # what stands for the project in a recording


def template(args):
    """The state of a project with default scrubbing and all features."""
    return json.loads((pathlib.Path(args.oracle) / "projects/default.json").read_text())


class Backend:
    """The n-th process of a run. states are project states, one a request; ids and keys are put in."""

    def __init__(self, args, name, binary, n, states):
        self.name, self.port, self.answers = name, args.port + 2 * n, {}
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        pipeline.configuration(argparse.Namespace(port=self.port, kafka=args.kafka, redis=args.redis), folder, self.port + 1)
        (folder / "projects").mkdir()
        base = (int(time.time()) % 500_000 * 2 + n) * 1000
        self.projects = list(range(base, base + len(states)))
        for project, state in zip(self.projects, states):
            state = {**state, "projectId": project, "slug": f"p{project}", "publicKeys": [{"publicKey": self.key(project), "numericId": 7, "isEnabled": True}]}
            (folder / f"projects/{project}.json").write_text(json.dumps(state))
        self.children = [subprocess.Popen([sys.executable, os.path.join(args.oracle, "upstream.py"), "--port", str(self.port + 1), "--projects", str(folder / "projects")])]
        env = {**os.environ, "WEIR_NAMESPACE": f"{name}{base}-", "WEIR_DATA_DIR": str(folder / "data")}
        self.log = open(os.path.join(args.work, f"{name}.log"), "w")
        time.sleep(0.3)
        self.children.append(subprocess.Popen([binary, "run", "--config", str(folder / "conf")], env=env, stdout=self.log, stderr=self.log))

    def key(self, project):
        return hashlib.md5(f"{project}".encode()).hexdigest()

    def send(self, requests):
        """Sends one request for each project: method and a function that gives target, headers and body for a project and its key."""
        for _ in range(300):
            try:
                if pipeline.send(self.port, "GET", "/api/relay/healthcheck/ready/", [], b"")[0] == 200:
                    break
            except OSError:
                pass
            time.sleep(0.1)
        for project, (method, request) in zip(self.projects, requests):
            target, headers, data = request(project, self.key(project))
            try:
                status, kept, response = pipeline.send(self.port, method, target, headers, data)
                self.answers[project] = status, kept, response.decode("utf-8", "replace")
            except OSError as e:
                self.answers[project] = 0, {}, str(e)

    def plain(self, project, text):
        """text with what stands for the project and its key in a recording."""
        return text.replace(str(project), PROJECT).replace(self.key(project), pipeline.CORPUS_KEY)

    def stop(self):
        for c in reversed(self.children):
            c.send_signal(signal.SIGTERM)
        for c in reversed(self.children):
            c.wait(30)
        self.folder.cleanup()


class Topics(pipeline.Topics):
    def rows(self, sending):
        """All messages by project, until there have been none for a while after the last request."""
        rows, last = collections.defaultdict(list), time.time()
        while time.time() - last < QUIET:
            m = self.consumer.poll(0.2)
            if any(t.is_alive() for t in sending):
                last = time.time()
            if m is None or m.error():
                continue
            last = time.time()
            value = pipeline.decoded(m.topic(), m.value())
            row = {"topic": m.topic(), "key": (m.key() or b"").hex(), "headers": sorted((k, (v or b"").decode("utf-8", "replace")) for k, v in m.headers() or []), "value": value}
            # Once as it is, once with UTF-16 made readable, once with what is compressed.
            row["text"] = m.value().decode("latin-1") + m.value().replace(b"\0", b"").decode("latin-1") + json.dumps(value, ensure_ascii=False, default=str)
            rows[pipeline.project_of(row)].append(row)
        return rows
