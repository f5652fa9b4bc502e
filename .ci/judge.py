#!/usr/bin/env python3
"""judge.py --weir BIN --oracle DIR --cases FILE [--explained FILE] [--show N] [--examples N]: weir and the reference over the same cases, as batches.

Prints how often each difference came up and examples of it, last 'N cases, M equal (P %), U with unexplained differences'. Exit 1 when a difference is
not explained. The list of explanations has one difference a line, tab separated: regular expressions for its path, weir's value,
the reference's value (both as JSON with sorted keys; ±1 in place of the second: a number that is one more or less than weir's) and the line of the
case (empty: any), and the reason.
"""
import argparse
import collections
import concurrent.futures
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys

ABSENT = "<absent>"
MORE = ["client_hints", "client_sample_rate", "replay_id", "normalize_spans"]  # members of `meta` that oracle.py does not hand on


def oracle(folder):
    spec = importlib.util.spec_from_file_location("oracle", pathlib.Path(folder) / "oracle.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def normalize(case, event):
        meta = case.get("meta") or {}
        options = {k: meta[k] for k in module.META + MORE if meta.get(k) is not None}
        return module.p.StoreNormalizer(**options).normalize_event(raw_event=event)

    module.STEPS["normalize"] = normalize
    convert = module.p.convert_datascrubbing_config

    def convert_datascrubbing_config(settings):
        """The generated config. Its JSON does not show that the pattern of the sensitive fields ignores case, which it does in a running service."""
        config = convert(settings)
        if "strip-fields" in (config or {}).get("rules", {}):
            rule = config["rules"]["strip-fields"]
            rule["keyPattern"] = "(?i)" + rule["keyPattern"]
        return config

    module.p.convert_datascrubbing_config = convert_datascrubbing_config
    return module


def reference(folder, lines):
    """The reference's answers. Normalize cases give it the text of the event as it stands in the line, behind all else."""
    module = oracle(folder)
    out = []
    for line in lines:
        head, mark, text = line.rpartition('"event": ') if line.count('"event": ') == 1 else line.partition('"event": ')
        if line.startswith('{"meta": ') and mark:
            case = json.loads(head + '"event": null}')
            try:
                out.append({"event": module.STEPS["normalize"](case, text[:-1])})
            except Exception as e:  # its refusal is an answer
                out.append({"event": None, "error": f"{type(e).__name__}: {e}".split("\n")[0]})
        else:
            out.append(module.answer(line))
    return out


def ours(weir, lines):
    """weir's answers. The tool around the reference applies the two configs of a project one after the other and writes and reads the event in
    between, which gives what is empty or was refused another look; so weir does such cases in two turns as well."""

    def run(lines):
        return subprocess.run([weir, "try", "--jsonl"], input="\n".join(lines).encode() + b"\n", stdout=subprocess.PIPE, check=True).stdout.splitlines() if lines else []

    lines, both = list(lines), {}
    for n, line in enumerate(lines):
        if '"piiConfig"' in line and '"datascrubbingSettings"' in line:
            case = json.loads(line)
            config = case["project"]["config"]
            if config.get("piiConfig") and config.get("datascrubbingSettings"):
                both[n] = case
    first = [{**case, "project": {"config": {"piiConfig": case["project"]["config"]["piiConfig"]}}} for case in both.values()]
    for (n, case), answer in zip(both.items(), run(list(map(json.dumps, first)))):
        settings = case["project"]["config"]["datascrubbingSettings"]
        if json.loads(answer).get("event") is None:
            continue
        lines[n] = json.dumps({**case, "project": {"config": {"datascrubbingSettings": settings}}, "event": json.loads(answer)["event"]})
    return run(lines)


def differences(a, b, path=""):
    if isinstance(a, dict) and isinstance(b, dict):
        for k in sorted(set(a) | set(b)):
            if k not in a or k not in b:
                yield f"{path}.{k}", a.get(k, ABSENT), b.get(k, ABSENT)
            else:
                yield from differences(a[k], b[k], f"{path}.{k}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            yield from differences(x, y, f"{path}[{i}]")
    elif type(a) in (int, float) and type(b) in (int, float):
        if repr(a) != repr(b):
            yield path or ".", a, b
    elif type(a) is not type(b) or a != b:
        yield path or ".", a, b


class Explanations:
    def __init__(self, file):
        self.rows, self.used = [], collections.Counter()
        for line in open(file, encoding="utf-8") if file else []:
            if line.strip() and line[0] != "#":
                path, ours, theirs, case, reason = line.rstrip("\n").split("\t")
                self.rows.append(([re.compile(p, re.S) for p in (path, ours, "" if theirs == "±1" else theirs, case)], theirs == "±1", reason))

    def explain(self, path, a, b, case):
        texts = [path, compact(a), compact(b), case]
        for patterns, near, reason in self.rows:
            if all(p.search(t) for p, t in zip(patterns, texts)) and (not near or type(a) in (int, float) and type(b) in (int, float) and abs(abs(a - b) - 1) < 1e-5):
                self.used[reason] += 1
                return reason
        return None


def compact(v):
    return json.dumps(v, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--weir", required=True)
    ap.add_argument("--oracle", required=True)
    ap.add_argument("--cases", required=True)
    ap.add_argument("--explained")
    ap.add_argument("--show", type=int, default=20)
    ap.add_argument("--examples", type=int, default=1)
    args = ap.parse_args()
    lines = open(args.cases, encoding="utf-8").read().rstrip("\n").split("\n")
    workers = os.cpu_count() or 1
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        step = 100
        theirs = [a for part in pool.map(reference, [args.oracle] * (len(lines) // step + 1), [lines[i : i + step] for i in range(0, len(lines) + 1, step)]) for a in part]
    answers = ours(args.weir, lines)
    if len(answers) != len(theirs):
        sys.exit(f"{len(answers)} answers for {len(theirs)} cases")
    known = Explanations(args.explained)
    equal, bad = 0, 0
    groups, examples = collections.Counter(), {}
    for n, (a, b) in enumerate(zip(answers, theirs), 1):
        diffs = list(differences(json.loads(a).get("event"), b.get("event")))
        equal += not diffs
        open_ = [d for d in diffs if not known.explain(*d, lines[n - 1])]
        bad += bool(open_)
        for path, x, y in open_:
            group = re.sub(r"\[\d+\]|\.\d+\b", "[]", path)
            groups[group] += 1
            examples.setdefault(group, []).append((n, path, x, y))
    for group, count in groups.most_common(args.show):
        print(f"{count:6d} {group}")
        for n, path, x, y in sorted(examples[group], key=lambda e: len(lines[e[0] - 1]))[: args.examples]:
            print(f"       case {n} {path}\n         weir   {compact(x)[:400]}\n         oracle {compact(y)[:400]}")
    for reason, count in known.used.most_common():
        print(f"{count:6d} explained: {reason}")
    print(f"{len(answers)} cases, {equal} equal ({100 * equal / max(1, len(answers)):.2f} %), {bad} with unexplained differences")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
