"""What each kind of entry, and the file itself, must look like. Written from the published form, not from the other verifier's code."""
import re

MAX_INT = 2**53 - 1
JS_SPACE = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


def is_int(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return value == value and abs(value) <= MAX_INT and value == int(value)


def units(text):
    """Length in UTF-16 units, in which the limits are counted."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def text(value):
    return isinstance(value, str)


def short(value):
    return text(value) and units(value) <= 4096


def long_text(value):
    return text(value) and units(value) <= 32768


def sum_text(value):
    return text(value) and units(value) == 64


def boolean(value):
    return isinstance(value, bool)


def integer(value):
    return is_int(value)


def natural(value):
    return is_int(value) and value >= 0


def positive(value):
    return is_int(value) and value > 0


def number(value):
    return not isinstance(value, bool) and isinstance(value, (int, float)) and value == value and abs(value) != float("inf")


def one_of(*choices):
    return lambda value: not isinstance(value, bool) and isinstance(value, (str, int, float)) and value in choices


def nullable(form):
    return lambda value: value is None or form(value)


def array(form, most=None):
    return lambda value: isinstance(value, list) and (most is None or len(value) <= most) and all(form(v) for v in value)


def record(form):
    return lambda value: isinstance(value, dict) and all(form(v) for v in value.values())


def exactly(**members):
    """An object with these members, all of them, and no other."""
    return lambda value: isinstance(value, dict) and value.keys() == members.keys() and all(f(value[k]) for k, f in members.items())


def and_perhaps(required, **optional):
    """An object with these members, all of the required ones, perhaps some of the others (they came with a later version), and no more."""
    def form(value):
        if not isinstance(value, dict) or not required.keys() <= value.keys():
            return False
        members = {**required, **optional}
        return value.keys() <= members.keys() and all(members[k](v) for k, v in value.items())
    return form


def either(*forms):
    return lambda value: any(form(value) for form in forms)


def matching(pattern):
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: text(value) and compiled.fullmatch(value) is not None


def script(value):
    if not text(value) or "\0" in value or value.strip(JS_SPACE) == "":
        return False
    return len(value.encode("utf-8", "surrogatepass")) <= 64 * 1024


def cwd(value):
    return short(value) and "\0" not in value


UUID = matching(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HASH = matching(r"[0-9a-f]{64}")

SHELL = one_of("bash", "sh", "pwsh", "powershell", "cmd")
RISK = one_of("read_only", "change", "destructive")
LEVEL = one_of("organisation", "client_group", "client", "endpoint", "built_in")
CLASS = one_of("read_only", "change", "destructive", "other_identity")
APPROVAL = one_of("session", "action", "identity")
STATE = one_of(
    "proposed", "refused", "waiting_approval", "denied", "queued", "dispatched", "running", "completed",
    "completed_with_errors", "failed", "timed_out", "cancelled", "expired_unsent", "outcome_unknown",
)

ACTOR = either(
    exactly(kind=one_of("user"), id=text, name=text, email=text, role=text),
    exactly(kind=one_of("end_user"), account=text, endpointId=text),
    exactly(kind=one_of("endpoint"), endpointId=text, runtimeId=text),
    exactly(kind=one_of("psa"), connectionId=text, name=text),
    exactly(kind=one_of("system")),
)
HEADER = exactly(
    v=one_of(1), mspId=text, sessionId=text, kind=text, actor=ACTOR, at=text,
    origin=one_of("browser", "thread", "assistant", "api", "endpoint", "webhook", "workflow"),
)

RUN_AS = either(
    exactly(kind=one_of("runtime")),
    exactly(kind=one_of("logged_in_user")),
    exactly(kind=one_of("account"), name=lambda v: text(v) and 1 <= units(v) <= 128),
)
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff]"
)


def file_path(value):
    if not short(value) or UNSEEN.search(value):
        return False
    if not re.fullmatch(r"/(?:[^/]+/)*[^/]+", value) and not re.fullmatch(
        r'[A-Za-z]:\\(?:[^\\/:*?"<>|]+\\)*[^\\/:*?"<>|]+', value
    ):
        return False
    return all(part not in (".", "..") and part == part.strip(" ") for part in re.split(r"[/\\]", value))


FILE = either(
    exactly(direction=one_of("to_endpoint"), path=file_path, bytes=natural, sha256=HASH, overwrite=boolean),
    exactly(direction=one_of("from_endpoint"), path=file_path, maxBytes=positive),
)


def file_script(file):
    """A file transfer's words say what it does, and nothing else."""
    if file["direction"] == "from_endpoint":
        return f"Fetch file {file['path']} (at most {int(file['maxBytes'])} bytes)"
    replacing = ", replacing any file of that name" if file["overwrite"] else ""
    return f"Put file {file['path']} ({int(file['bytes'])} bytes, sha256 {file['sha256']}){replacing}"


SPEC_MEMBERS = and_perhaps(
    dict(
        shell=SHELL, script=script, cwd=nullable(cwd), runAs=RUN_AS,
        timeoutMs=lambda v: is_int(v) and 1000 <= v <= 24 * 3600 * 1000,
    ),
    maxOutputBytes=positive, input=lambda v: v is True, file=FILE,
)


def SPEC(value):
    if not SPEC_MEMBERS(value):
        return False
    if "file" not in value:
        return True
    runs = value["cwd"] is not None or "input" in value or "maxOutputBytes" in value
    return not runs and value["script"] == file_script(value["file"])


FACTS = and_perhaps(
    dict(
        hostname=short, os=short, osVersion=short, arch=short, timeZone=short, users=array(short, 64),
        shells=array(exactly(shell=SHELL, path=short, version=short), 16), diskFreeBytes=number, memoryBytes=number,
        addresses=array(short, 64), runtimeUser=short,
    ),
    consoleUser=nullable(short), runAsOthers=boolean, bootedAt=integer, screenLocked=nullable(boolean),
    pinned=and_perhaps(
        dict(since=integer, approvers=array(exactly(name=short, fingerprint=short), 50)), classes=array(CLASS),
    ),
    approvalLink=lambda v: v is True,
)
START = and_perhaps(
    dict(
        pid=integer, effectiveUser=short, cwd=short, shellPath=short, shellVersion=short, resolvedPath=nullable(short),
        path=long_text, environment=record(long_text), arch=short,
    ),
    executionPolicy=nullable(short),
)
STREAM_SUM = exactly(bytes=natural, sha256=sum_text)
EXIT = and_perhaps(
    dict(
        exitCode=nullable(integer), signal=nullable(short), timedOut=boolean, cancelled=boolean, startedAt=integer,
        finishedAt=integer, stdout=STREAM_SUM, stderr=STREAM_SUM, lastSeq=natural, chainHead=sum_text, pipeLeaked=boolean,
        askedForInput=boolean,
    ),
    outputLimited=boolean, powershell=nullable(exactly(ok=boolean, lastExitCode=nullable(integer))),
)
OUTPUT_SUM = exactly(bytes=integer, sha256=text)

MINUTES = one_of(15, 60, 240)
SCOPE = either(
    exactly(kind=one_of("exact"), minutes=MINUTES),
    exactly(
        kind=one_of("category"), minutes=MINUTES, folder=nullable(short), shell=SHELL, atMost=RISK,
        category=one_of("printers", "services", "packages", "certificates", "network", "files"),
    ),
)

SHOWN = exactly(
    language=one_of("en", "es"), textHash=HASH, channel=one_of("loopback_page", "link_page"), locked=nullable(boolean), text=text,
    askedAt=text, shownAt=text, heardShownAt=nullable(text), heardAt=text,
)


def at_most(limit):
    return lambda value: isinstance(value, str) and units(value) <= limit


def between(least, most):
    return lambda value: isinstance(value, str) and least <= units(value) <= most


PASSKEY = and_perhaps(
    dict(
        credentialId=at_most(1400), authenticatorData=at_most(2000), clientDataJSON=at_most(4000), signature=at_most(1000),
    ),
    pin=exactly(rpId=between(1, 255), origin=between(1, 300), publicKey=between(40, 2000)),
)

LINK = exactly(
    id=between(1, 64), name=short, email=short, sentAt=at_most(40), openedAt=at_most(40), answeredAt=at_most(40),
)

PAYLOADS = {
    "opened": and_perhaps(
        dict(
            number=integer, title=text, request=text, requester=text, channel=text, priority=text, clientName=text,
            endpointName=text, simulated=boolean,
            ticket=nullable(exactly(connectionId=text, externalId=text, url=nullable(text))),
        ),
        follows=exactly(sessionId=text, number=integer),
    ),
    "endpoint_facts": and_perhaps(
        dict(facts=FACTS, runtimeId=text, runtimeLabel=text),
        fresh=boolean, capturedAt=text, clockSkewMs=nullable(integer),
    ),
    "assigned": exactly(**{"from": nullable(text)}, to=text, toId=text, reason=text),
    "priority": exactly(**{"from": text}, to=text, reason=text),
    "escalated": exactly(to=text, toId=text, reason=text),
    "started": exactly(reason=text),
    "presence": exactly(online=boolean, runtimeLabel=text),
    "approval_requested": exactly(
        approvalId=text, kind=APPROVAL, commandId=nullable(text), hash=text, title=text, reason=text, changes=text,
        code=text, expiresAt=text,
    ),
    "approval_shown": exactly(approvalId=text, shownAt=text),
    "approval_nudged": and_perhaps(dict(approvalId=text, count=integer), approvers=array(text)),
    "approval_link_sent": exactly(approvalId=text, linkId=text, name=text, email=text, expiresAt=text),
    "person_contacted": and_perhaps(
        dict(approvalId=text, how=one_of("phone", "email", "other"), reached=boolean, words=text), approver=text,
    ),
    "approval_decided": and_perhaps(
        dict(
            approvalId=text, kind=APPROVAL, commandId=nullable(text), decision=one_of("approve", "deny"), reason=text,
            channel=text, account=text, hash=text, requestedAt=text, shownAt=nullable(text), decidedAt=text, signature=text,
        ),
        scope=SCOPE, shown=SHOWN, passkey=PASSKEY, link=LINK,
    ),
    "approval_cited": exactly(commandId=text, approvalId=text, words=text, until=text, citedAt=text),
    "approval_scope_ended": exactly(approvalId=text, account=text, words=text, endedAt=text, signature=text),
    "approval_ended": exactly(
        approvalId=text, kind=APPROVAL, commandId=nullable(text), state=one_of("expired", "withdrawn"), reason=text,
    ),
    "unattended_allowed": exactly(
        approvalId=text, hash=text, rule=text, policyLevel=LEVEL, policyVersion=integer, classes=array(CLASS), fileHash=text,
        words=text, requestedAt=text, statedAt=text, signature=text,
    ),
    "unattended_refused": exactly(approvalId=text, words=text),
    "approval_ignored": exactly(approvalId=text, decision=text, reason=text, account=text, why=text),
    "command_proposed": and_perhaps(
        dict(commandId=text, spec=SPEC, reason=text, retryOf=nullable(text)),
        reasons=array(exactly(risk=RISK, words=short, start=natural, end=natural), 50),
    ),
    "command_accepted": exactly(commandId=text),
    "command_policy": and_perhaps(
        dict(
            commandId=text, risk=RISK, riskWhy=text, verdict=one_of("unattended", "run", "ask", "ask_approver", "refuse"), rule=text, policyVersion=integer,
            words=text, actionHash=text,
        ),
        policyLevel=LEVEL,
    ),
    "dispatch_refused": exactly(commandId=text, state=STATE, words=text),
    "command_dispatched": exactly(commandId=text, envelopeHash=text, counter=integer),
    "command_started": exactly(commandId=text, startedAt=text, start=START),
    "command_output": exactly(commandId=text, frames=integer, chainHead=text, stdout=OUTPUT_SUM, stderr=OUTPUT_SUM),
    "command_exit": exactly(commandId=text, exit=EXIT, signature=text, runtimeId=text),
    "file_transferred": exactly(
        commandId=text, direction=one_of("to_endpoint", "from_endpoint"), path=text, bytes=integer, sha256=text,
    ),
    "command_verdict": and_perhaps(dict(commandId=text, state=STATE, words=text), judged=RISK),
    "command_cancel": exactly(commandId=text),
    "command_input": exactly(commandId=text, input=integer, text=text, end=boolean, orderHash=text),
    "command_input_told": exactly(commandId=text, input=integer, given=boolean, words=text),
    "message": and_perhaps(dict(text=text, onEntry=nullable(integer)), toPerson=lambda v: v is True),
    "sla_policy": exactly(organisation=integer, clientGroup=integer, client=integer, changes=array(text)),
    "sla": and_perhaps(
        dict(clock=text, mark=one_of("warn", "breach", "escalate", "met"), dueAt=text, startedAt=text),
        approval=exactly(id=text, commandId=text),
    ),
    "completed": exactly(
        outcome=one_of("resolved", "unresolved", "escalated_out", "denied", "expired", "cancelled"), note=text,
        verification=array(integer), notVerifiedBecause=nullable(text),
    ),
    "reviewed": exactly(
        checklist=text, result=one_of("pass", "fail"), note=text,
        items=array(
            exactly(text=text, mark=one_of("met", "not_met", "not_applicable"), entry=nullable(integer)),
        ),
    ),
    "flagged": exactly(flagId=text, note=text),
    "flag_reviewed": exactly(flagId=text, verdict=one_of("confirm", "redirect"), note=text),
    "snapshot_shared": exactly(
        snapshotId=text, throughSeq=integer, expiresAt=text, hidden=integer, edits=exactly(hide=integer, show=integer),
    ),
    "snapshot_revoked": exactly(snapshotId=text),
    "psa_note": exactly(noteId=text, externalId=text, state=one_of("queued", "failing", "delivered"), words=text),
}

BUNDLE = exactly(
    format=one_of("throughline/record"), version=one_of(1), exportedAt=text,
    session=exactly(
        mspId=UUID, id=UUID, number=integer, title=text, clientName=text, endpointId=UUID, endpointName=text,
    ),
    entries=array(exactly(
        seq=positive, kind=text, at=text, header=text, payloadHash=HASH, salt=nullable(text), payload=nullable(text),
        hash=HASH,
    )),
    outputs=array(exactly(
        commandId=UUID,
        frames=array(exactly(seq=positive, stream=one_of(1, 2, 3), off=natural, at=text, bytes=text)),
    )),
    runtimes=array(exactly(id=UUID, label=text, publicKey=text)),
    head=exactly(count=natural, hash=either(HASH, one_of(""))),
    checkpoint=nullable(exactly(
        note=text, publicKey=text, index=natural, count=positive, hash=HASH, proof=array(HASH, 64),
    )),
)
