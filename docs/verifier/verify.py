#!/usr/bin/env python3
"""Checks an exported Throughline record (JSON), offline, with nothing but Python 3.9 or newer.

    python3 verify.py FILE [--trust SHA256-OF-A-KEY]... [--json]

Ends with 0 valid, 1 altered, 2 incomplete, 3 unknown key, 4 malformed or unreadable.
This is the second verifier: it shares no code with `throughline verify`, and a test holds the two together.
"""
import argparse
import base64
import datetime
import hashlib
import json
import re
import struct
import sys

import ed25519
import forms
import passkeys
import places

EXIT_CODES = {"valid": 0, "altered": 1, "incomplete": 2, "unknown_key": 3, "malformed": 4}
WORST_FIRST = ["altered", "malformed", "unknown_key", "incomplete"]
TRANSCRIPT = b"throughline/transcript/v1\0"
OUTPUT = b"throughline/output/v1\0"


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    """Strict base64, or None."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def uuid_bytes(text):
    return bytes.fromhex(text.replace("-", ""))


def canonical(value):
    """JSON with keys sorted by UTF-16 units, no white space, whole numbers only."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", lambda m: f"\\u{ord(m[0]):04x}", json.dumps(value, ensure_ascii=False))
    if isinstance(value, (int, float)):
        if not forms.is_int(value):
            raise ValueError("not a whole number")
        return str(int(value))
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    pairs = sorted(value.items(), key=lambda pair: pair[0].encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(f"{canonical(k)}:{canonical(v)}" for k, v in pairs) + "}"


def canonical_bytes(value):
    return canonical(value).encode("utf-8")


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def parse_json(data):
    """The value, or ValueError. Neither NaN nor nesting without end."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def read_canonical(data, form):
    """The value of canonical JSON bytes in this form, or None."""
    try:
        value = parse_json(data)
        return value if form(value) and canonical_bytes(value) == data else None
    except (ValueError, RecursionError):
        return None


class Report:
    def __init__(self):
        self.faults = []
        self.checked = {"entries": 0, "frames": 0, "outputBytes": 0, "signatures": 0, "dispatches": 0, "order": False, "passkeys": []}

    def fault(self, verdict, what, entry=None, command=None):
        self.faults.append({"verdict": verdict, "entry": entry, "commandId": command, "what": what})

    @property
    def verdict(self):
        found = {fault["verdict"] for fault in self.faults}
        return next((verdict for verdict in WORST_FIRST if verdict in found), "valid")


def verify(bundle, trusted=None):
    """Checks a parsed bundle. `trusted`: SHA-256 (hex) of the keys got by another way, or None to take the bundle's own."""
    report = Report()
    if not forms.BUNDLE(bundle):
        report.fault("malformed", "Not a readable record of version 1.")
        return report
    entries, hashes = check_chain(bundle, report)
    whole = not report.faults
    check_outputs(bundle, entries, whole, report)
    check_signatures(bundle, entries, trusted, report)
    check_checkpoint(bundle, hashes, trusted, report)
    if whole:
        check_order(bundle, entries, report)
        check_passkeys(bundle, entries, report)
    report.checked["entries"] = len(entries)
    return report


def check_chain(bundle, report):
    session = bundle["session"]
    entries, hashes = [], {}
    expected = 1
    before = [sha256(TRANSCRIPT, uuid_bytes(session["id"]))]
    for entry in bundle["entries"]:
        seq = int(entry["seq"])
        if seq < expected:
            report.fault("altered", "stands out of order, or twice.", seq)
            continue
        if seq > expected:
            for gone in range(expected, min(seq, expected + 100)):
                report.fault("incomplete", "is missing.", gone)
            before = []
        header = unbase64(entry["header"])
        salt = b"" if entry["salt"] is None else unbase64(entry["salt"])
        payload = b"" if entry["payload"] is None else unbase64(entry["payload"])
        payload_hash, claimed = bytes.fromhex(entry["payloadHash"]), bytes.fromhex(entry["hash"])
        computed = []
        if header is None or salt is None or payload is None:
            report.fault("malformed", "holds bytes that are not strict base64.", seq)
        else:
            leaf = sha256(b"\0", header, payload_hash)
            computed = [sha256(TRANSCRIPT, hash_, struct.pack(">Q", seq), leaf) for hash_ in before]
            there = entry["payload"] is not None and entry["salt"] is not None
            if there and sha256(salt, payload) != payload_hash:
                report.fault("altered", "was altered: payload and salt do not fit the payload's hash.", seq)
            elif before and claimed not in computed:
                report.fault("altered", "was altered: its hash does not follow from the entry before it.", seq)
            elif not there:
                report.fault("incomplete", "has lost its payload, and nothing in the record says why.", seq)
            else:
                read_entry(entry, seq, header, payload, session, entries, report)
        if not report.faults:
            hashes[seq] = entry["hash"]
        before = computed + [claimed]
        expected = seq + 1
    check_head(bundle["head"], expected - 1, before, report)
    return entries, hashes


def read_entry(entry, seq, header_bytes, payload_bytes, session, entries, report):
    header = read_canonical(header_bytes, forms.HEADER)
    if header is None:
        return report.fault("malformed", "has a header that this version cannot read.", seq)
    own = header["sessionId"] == session["id"] and header["mspId"] == session["mspId"]
    if not own or header["kind"] != entry["kind"] or header["at"] != entry["at"]:
        return report.fault("altered", "tells of another entry or session than the file says.", seq)
    form = forms.PAYLOADS.get(header["kind"])
    if form is None:
        return report.fault("malformed", "is of a kind that this version does not know.", seq)
    payload = read_canonical(payload_bytes, form)
    if payload is None:
        return report.fault("malformed", "has a payload that does not fit its kind.", seq)
    entries.append((seq, header["kind"], payload))


def check_head(head, last, ends, report):
    count = int(head["count"])
    if count > last:
        report.fault("incomplete", f"and all after it are missing: the head counts {count}.", last + 1)
    elif count < last:
        report.fault("altered", f"is beyond the head, which counts {count}.", count + 1)
    elif last > 0 and head["hash"] not in [end.hex() for end in ends]:
        report.fault("altered", "does not end in the hash that the head names.", last)
    elif last == 0 and head["hash"] != "":
        report.fault("altered", "The head names a hash, but there are no entries.")


def check_outputs(bundle, entries, whole, report):
    outputs = {}
    for output in bundle["outputs"]:
        if output["commandId"] in outputs:
            report.fault("altered", "Output is there twice.", None, output["commandId"])
        else:
            outputs[output["commandId"]] = output["frames"]
    claims = []
    for seq, kind, payload in entries:
        if kind == "command_output":
            claims.append((seq, payload["commandId"], payload["frames"], payload))
        elif kind == "command_exit":
            claims.append((seq, payload["commandId"], payload["exit"]["lastSeq"], payload["exit"]))
    for command, frames in outputs.items():
        own = [claim for claim in claims if claim[1] == command]
        report.checked["frames"] += len(frames)
        problem, sums = read_frames(command, frames)
        if problem is not None:
            report.fault(problem[0], problem[1], own[0][0] if own else None, command)
            continue
        report.checked["outputBytes"] += sums["stdout"]["bytes"] + sums["stderr"]["bytes"]
        for seq, _, last, claimed in own:
            if sums["last"] < last:
                report.fault("incomplete", f"tells of {last} pieces of output, and only {sums['last']} are there.", seq, command)
            elif sums["last"] != last or any(sums[name] != claimed[name] for name in ("chainHead", "stdout", "stderr")):
                report.fault("altered", "does not fit the stored output: the output's bytes were altered.", seq, command)
        if whole and not any(payload.get("commandId") == command for _, _, payload in entries):
            report.fault("altered", "Output of a command that the record does not know.", None, command)
    for seq, command, last, _ in claims:
        if command not in outputs and last > 0:
            report.fault("incomplete", f"tells of {last} pieces of output, and none is there.", seq, command)


def read_frames(command, frames):
    """((verdict, words), None) or (None, sums)."""
    head = sha256(OUTPUT, uuid_bytes(command))
    offsets = {1: 0, 2: 0, 3: 0}
    sums = {1: hashlib.sha256(), 2: hashlib.sha256(), 3: hashlib.sha256()}
    for seq, frame in enumerate(frames, 1):
        if frame["seq"] > seq:
            return ("incomplete", f"lacks piece {seq} of its output."), None
        if frame["seq"] < seq:
            return ("altered", f"has piece {frame['seq']} of its output out of order, or twice."), None
        data, stream = unbase64(frame["bytes"]), int(frame["stream"])
        if data is None:
            return ("malformed", f"has piece {seq} of its output in bytes that are not strict base64."), None
        if frame["off"] != offsets[stream]:
            return ("altered", f"has piece {seq} of its output at the wrong offset."), None
        offsets[stream] += len(data)
        sums[stream].update(data)
        leaf = sha256(b"\1", struct.pack(">IBQ", seq, stream, int(frame["off"])), sha256(data))
        head = sha256(OUTPUT, head, leaf)
    total = lambda stream: {"bytes": offsets[stream], "sha256": sums[stream].hexdigest()}
    return None, {"last": len(frames), "chainHead": head.hex(), "stdout": total(1), "stderr": total(2)}


def check_signatures(bundle, entries, trusted, report):
    keys = {}
    for runtime in bundle["runtimes"]:
        key = unbase64(runtime["publicKey"])
        if key is None:
            report.fault("malformed", f"The key of runtime {runtime['id']} is not strict base64.")
        elif trusted is not None and sha256(key).hex() not in trusted:
            report.fault("unknown_key", f"The key of runtime {runtime['id']} is not among the trusted keys.")
        else:
            keys.setdefault(runtime["id"], []).append(key)
    for seq, kind, payload in entries:
        if kind == "command_exit":
            signed = b"throughline/exit/v1\n" + canonical_bytes({"commandId": payload["commandId"], **payload["exit"]})
            candidates = keys.get(payload["runtimeId"], [])
        elif kind == "approval_decided":
            said = {name: payload[name] for name in ("approvalId", "decision", "reason", "account", "hash")}
            scope = {"scope": payload["scope"]} if "scope" in payload else {}
            shown = {"shown": signed_of_shown(payload["shown"])} if "shown" in payload else {}
            passkey = {"passkey": payload["passkey"]} if "passkey" in payload else {}
            link = {"link": payload["link"]} if "link" in payload else {}
            version = b"throughline/decision/v%d\n" % (5 if link else 4 if passkey else 3 if shown else 2 if scope else 1)
            signed = version + canonical_bytes({**said, **scope, **shown, **passkey, **link, "at": milliseconds(payload["decidedAt"])})
            candidates = [key for of_one in keys.values() for key in of_one]
        elif kind == "approval_scope_ended":
            said = {name: payload[name] for name in ("approvalId", "account")}
            signed = b"throughline/scope_end/v1\n" + canonical_bytes({**said, "at": milliseconds(payload["endedAt"])})
            candidates = [key for of_one in keys.values() for key in of_one]
        elif kind == "unattended_allowed":
            said = {name: payload[name] for name in ("approvalId", "hash", "rule", "classes", "fileHash")}
            stated = {"level": payload["policyLevel"], "version": payload["policyVersion"], "at": milliseconds(payload["statedAt"])}
            signed = b"throughline/unattended/v1\n" + canonical_bytes({**said, **stated})
            candidates = [key for of_one in keys.values() for key in of_one]
        else:
            continue
        if not candidates:
            report.fault("unknown_key", "is signed by a runtime whose key is not known.", seq)
            continue
        signature = unbase64(payload["signature"])
        if signature is not None and any(ed25519.verify(key, signed, signature) for key in candidates):
            report.checked["signatures"] += 1
        else:
            report.fault("altered", "has a signature that does not fit the endpoint's key.", seq)


def check_passkeys(bundle, entries, report):
    """Strong mode: what the passkeys signed, by the keys that the endpoint said it had pinned. Earlier runtimes did not say."""
    session, expiry, seen = bundle["session"], {}, {}
    for seq, kind, payload in entries:
        if kind == "approval_requested":
            expiry[payload["approvalId"]] = milliseconds(payload["expiresAt"])
        passkey = payload.get("passkey") if kind == "approval_decided" else None
        if passkey is None or "pin" not in passkey:
            continue
        if payload["approvalId"] not in expiry:
            report.fault("altered", "holds a passkey's answer to a question that was not asked before.", seq)
            continue
        said = {name: payload[name] for name in ("approvalId", "hash", "decision", "reason")}
        place = {"endpointId": session["endpointId"], "sessionId": session["id"], "expiresAt": expiry[payload["approvalId"]]}
        challenge = sha256(b"throughline/passkey/v1\n", canonical_bytes({**said, **place}))
        fault = passkeys.fault_of(passkey["pin"], challenge, passkey)
        if fault is not None:
            report.fault("altered", f"holds a passkey's answer that does not hold: {fault}", seq)
            continue
        key, known = passkey["pin"]["publicKey"], seen.get(passkey["credentialId"])
        if known is not None and known[0] != key:
            report.fault("altered", "names another key for a passkey than before.", seq)
        print_of_key = sha256(unbase64(key)).hex()[:32]
        fingerprint = " ".join(print_of_key[at:at + 4] for at in range(0, 32, 4))
        answers = 1 if known is None else known[1]["answers"] + 1
        seen[passkey["credentialId"]] = (key, {"name": payload["account"], "fingerprint": fingerprint, "answers": answers})
    report.checked["passkeys"] = [shown for _, shown in seen.values()]


def signed_of_shown(shown):
    """What of it the endpoint signed."""
    said = {name: shown[name] for name in ("language", "textHash", "channel", "locked")}
    return {**said, "askedAt": milliseconds(shown["askedAt"]), "shownAt": milliseconds(shown["shownAt"])}


def well_formed(text):
    """UTF-8 with U+FFFD for half a character, as TextEncoder writes it."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")


def shown_fault(shown, spec):
    """The text must be the one that was signed for, and hold the command whole."""
    if shown is None:
        return None
    if sha256(well_formed(shown["text"])).hex() != shown["textHash"]:
        return "names another text as shown than the one that is with it."
    if spec is not None and spec["script"] not in shown["text"]:
        return "was given to a text that does not hold the command."
    return None


def milliseconds(text):
    """Milliseconds since the epoch of our one spelling of a time, else -1."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text, re.ASCII):
        return -1
    try:
        time = datetime.datetime.strptime(text[:-1] + "000", "%Y-%m-%dT%H:%M:%S.%f")
    except ValueError:
        return -1
    return (time - datetime.datetime(1970, 1, 1)) // datetime.timedelta(milliseconds=1)


NOTE = re.compile(
    r"((throughline\.invalid/record/([0-9a-f-]{36}))\n(0|[1-9][0-9]{0,14})\n([A-Za-z0-9+/]{43}=)\nat ([0-9TZ:.-]{20,30})\n)\n"
    r"\u2014 (throughline\.invalid/record/[0-9a-f-]{36}) ([A-Za-z0-9+/=]+)\n",
    re.ASCII,
)


def open_note(note, key):
    """(organisation, size, root) of a signed note, or None."""
    parts = NOTE.fullmatch(note)
    if parts is None or parts[2] != parts[7]:
        return None
    root, line = unbase64(parts[5]), unbase64(parts[8])
    if root is None or line is None or len(line) != 68:
        return None
    if line[:4] != sha256(parts[2].encode(), b"\n\1", key[-32:])[:4]:
        return None
    return (parts[3], int(parts[4]), root) if ed25519.verify(key, parts[1].encode(), line[4:]) else None


def check_checkpoint(bundle, hashes, trusted, report):
    checkpoint = bundle["checkpoint"]
    if checkpoint is None:
        return
    key = unbase64(checkpoint["publicKey"])
    if key is None:
        return report.fault("malformed", "The checkpoint's key is not strict base64.")
    if trusted is not None and sha256(key).hex() not in trusted:
        return report.fault("unknown_key", "The checkpoint's key is not among the trusted keys.")
    signed = open_note(checkpoint["note"], key)
    if signed is None or signed[0] != bundle["session"]["mspId"]:
        return report.fault("altered", "The checkpoint is not signed by the key beside it, or is another organisation's.")
    count = int(checkpoint["count"])
    head = {"sessionId": bundle["session"]["id"], "count": count, "hash": checkpoint["hash"]}
    leaf = sha256(b"\0", b"throughline/head/v1\n" + canonical_bytes(head))
    proof = [bytes.fromhex(hash_) for hash_ in checkpoint["proof"]]
    if not included(leaf, int(checkpoint["index"]), signed[1], proof, signed[2]):
        return report.fault("altered", "The checkpoint does not hold the head it is said to hold.")
    if count > bundle["head"]["count"]:
        last = int(bundle["head"]["count"])
        return report.fault("incomplete", f"and all after it are missing: a signed checkpoint counts {count}.", last + 1)
    if count in hashes and hashes[count] != checkpoint["hash"]:
        report.fault("altered", "is not what it was when the checkpoint was signed: the chain was made anew.", count)


def included(leaf, index, size, proof, root):
    """RFC 9162, 2.1.3.2."""
    if index >= size:
        return False
    at, last, hash_ = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            hash_ = sha256(b"\1", sibling, hash_)
            while not at & 1 and at != 0:
                at, last = at >> 1, last >> 1
        else:
            hash_ = sha256(b"\1", hash_, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and hash_ == root


def bound_hash(domain, value):
    return sha256(domain + b"\n" + canonical_bytes({"v": 1, **value})).hex()


def transfer_fault(payload, file, exit):
    """The endpoint signed what it wrote to stdout, and a transfer writes nothing but its file's line."""
    if file is None or any(file[name] != payload[name] for name in ("direction", "path")):
        return "tells of another file than was proposed."
    if file["direction"] == "to_endpoint" and any(file[name] != payload[name] for name in ("bytes", "sha256")):
        return "tells of other bytes than were approved."
    line = f"{payload['sha256']}  {int(payload['bytes'])}  {payload['path']}\n".encode("utf-8", "replace")
    if exit is None or exit["exitCode"] != 0 or exit["stdout"]["sha256"] != sha256(line).hex():
        return "tells of a file that the endpoint did not sign for."
    return None


def citation_fault(payload, ended, grant, spec, judged):
    if payload["approvalId"] in ended:
        return "cites a yes that the person at the endpoint had ended."
    if grant is None:
        return "cites a yes that covers no more than its own command, or none at all."
    if spec is None or judged is None:
        return "cites a yes for a command that was not proposed and judged."
    if demands_passkey(judged):
        return "cites a yes where the policy demands a named approver's own."
    if not places.covers(grant["scope"], grant["hash"], spec, judged["actionHash"], judged["risk"]):
        return "cites a yes that does not cover this command."
    given, at = milliseconds(grant["decidedAt"]), milliseconds(payload["citedAt"])
    if at < 0 or at > given + int(grant["scope"]["minutes"]) * 60_000:
        return "cites a yes whose time was over."
    return None


def covers_unattended(allowed, risk, spec):
    """What the endpoint's owner allows, by class; an open input is covered by nothing."""
    own = spec["runAs"]["kind"] == "runtime"
    return "input" not in spec and risk in allowed and (own or "other_identity" in allowed)


def demands_passkey(judged):
    return judged is not None and judged["verdict"] == "ask_approver"


def tells_its_way(payload):
    """A link is the answer's whole way or no part of it: nobody signed `channel`."""
    page = payload.get("shown", {}).get("channel")
    if "link" not in payload:
        return payload["channel"] != "link" and page != "link_page"
    return payload["channel"] == "link" and page == "link_page" and "scope" not in payload and "passkey" not in payload


def check_order(bundle, entries, report):
    session = bundle["session"]
    place = {"sessionId": session["id"], "endpointId": session["endpointId"]}
    consent_hash = bound_hash(b"throughline/consent/v1", place)
    consent = completed = False
    unattended = []
    asked, approved, by_passkey, specs, policies, dispatched, exits, grants, cited = {}, {}, {}, {}, {}, set(), {}, {}, {}
    ended_scopes, links = set(), {}
    for seq, kind, payload in entries:
        command = payload.get("commandId")
        wrong = lambda what: report.fault("altered", what, seq, command)
        if kind == "opened":
            if any(payload[name] != session[name] for name in ("number", "title", "clientName", "endpointName")):
                wrong("does not fit the session's particulars at the top of the file.")
            if seq != 1:
                wrong("opens the session, but is not its first entry.")
        elif kind == "approval_requested":
            asked[payload["approvalId"]] = payload["hash"]
        elif kind == "approval_link_sent":
            links[payload["linkId"]] = payload["approvalId"]
        elif kind == "approval_decided":
            if asked.get(payload["approvalId"]) != payload["hash"]:
                wrong("answers a request that was not asked before, or asked something else.")
            elif payload["kind"] == "session" and payload["hash"] != consent_hash:
                wrong("is a consent to another session or endpoint.")
            elif "link" in payload and links.get(payload["link"]["id"]) != payload["approvalId"]:
                wrong("was given by a link that was not sent for this question before.")
            elif not tells_its_way(payload):
                wrong("does not tell alike in all its parts whether it was given by a link.")
            elif shown_fault(payload.get("shown"), specs.get(command)) is not None:
                wrong(shown_fault(payload["shown"], specs.get(command)))
            elif payload["decision"] == "approve" and payload["kind"] == "session":
                consent = True
            elif payload["decision"] == "approve" and demands_passkey(policies.get(command)) and "pin" not in payload.get("passkey", {}):
                wrong("is a yes without a passkey, where the policy demands a named approver's.")
            elif payload["decision"] == "approve" and command is not None:
                if "pin" in payload.get("passkey", {}):
                    by_passkey.setdefault(command, set()).add(payload["hash"])
                approved.setdefault(command, set()).add(payload["hash"])
                if payload["kind"] == "action" and "scope" in payload:
                    grants[payload["approvalId"]] = payload
        elif kind == "unattended_allowed":
            if asked.get(payload["approvalId"]) != payload["hash"]:
                wrong("answers a request that was not asked before, or asked something else.")
            elif payload["hash"] != consent_hash:
                wrong("lets another session or endpoint run unattended.")
            else:
                unattended = payload["classes"]
        elif kind == "approval_scope_ended":
            ended_scopes.add(payload["approvalId"])
            if payload["approvalId"] not in asked:
                wrong("ends what a yes covers that was never asked for.")
        elif kind == "approval_cited":
            fault = citation_fault(payload, ended_scopes, grants.get(payload["approvalId"]), specs.get(command), policies.get(command))
            if fault is None:
                cited[command] = payload["approvalId"]
            else:
                wrong(fault)
        elif kind == "command_proposed":
            specs[command] = payload["spec"]
        elif kind == "command_policy":
            policies[command] = payload
            spec = specs.get(command)
            if spec is None:
                wrong("judges a command that was not proposed before.")
            elif bound_hash(b"throughline/action/v1", {**place, **spec}) != payload["actionHash"]:
                wrong("judges other words than the ones proposed.")
            elif payload["verdict"] == "run" and (payload["risk"] != "read_only" or spec["runAs"]["kind"] != "runtime"):
                wrong("lets a command run unasked that may do more than read.")
            elif payload["verdict"] == "unattended" and not covers_unattended(unattended, payload["risk"], spec):
                wrong("lets a command run unattended that the endpoint did not say its owner allows.")
        elif kind == "command_dispatched":
            judged = policies.get(command)
            by_policy = len(unattended) > 0 and (judged is None or judged["verdict"] != "run")
            if not consent and not by_policy:
                wrong("was sent to the endpoint before the person there had consented.")
            if completed:
                wrong("was sent to the endpoint after the session had ended.")
            if command in dispatched:
                wrong("was sent a second time.")
            if judged is None or judged["verdict"] == "refuse":
                wrong("was sent though no policy let it.")
            elif judged["verdict"] == "ask" and command not in cited and judged["actionHash"] not in approved.get(command, ()):
                wrong("was sent without an approval of exactly these words before it.")
            elif demands_passkey(judged) and judged["actionHash"] not in by_passkey.get(command, ()):
                wrong("was sent without a named approver's passkey for exactly these words, which the policy demands.")
            if cited.get(command) in ended_scopes:
                wrong("was sent on a yes that the person at the endpoint had ended.")
            dispatched.add(command)
        elif kind in ("command_started", "command_exit"):
            if kind == "command_exit":
                exits[command] = payload["exit"]
            if command not in dispatched:
                wrong("tells of a command that was never dispatched.")
        elif kind == "file_transferred":
            fault = transfer_fault(payload, specs.get(command, {}).get("file"), exits.get(command))
            if fault is not None:
                wrong(fault)
        elif kind == "completed":
            completed = True
    report.checked["order"] = True
    report.checked["dispatches"] = len(dispatched)


def main():
    parser = argparse.ArgumentParser(description="Checks an exported Throughline record, offline.")
    parser.add_argument("file")
    parser.add_argument("--trust", action="append", metavar="SHA256", help="SHA-256 of a key you got by another way; repeatable")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args()
    try:
        with open(options.file, "rb") as file:
            bundle = parse_json(file.read())
    except OSError as error:
        print(f"{options.file} cannot be read: {error.strerror}.", file=sys.stderr)
        return 4
    except ValueError:
        bundle = None
    report = verify(bundle, None if options.trust is None else set(options.trust))
    if options.json:
        print(json.dumps({"verdict": report.verdict, "faults": report.faults, "checked": report.checked}))
    else:
        print(f"{report.verdict.replace('_', ' ')}: {json.dumps(report.checked)}")
        for fault in report.faults:
            where = f"entry {fault['entry']} " if fault["entry"] else ""
            print(f"  {where}{fault['what']}" + (f" (command {fault['commandId']})" if fault["commandId"] else ""))
    return EXIT_CODES[report.verdict]


if __name__ == "__main__":
    sys.exit(main())
