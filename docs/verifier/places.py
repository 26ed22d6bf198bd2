"""Where a plain command works: what a yes that covers more than its own command is held against. From the published rules (PROTOCOL.md, §5a)."""
import re

WORD = re.compile(r"[A-Za-z0-9_./:%+,-]+", re.ASCII)
POWERSHELL_WORD = re.compile(r"[A-Za-z0-9_./\\:+,-]+", re.ASCII)
QUOTED = re.compile(r"'[ -&(-~]+'", re.ASCII)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
UNIT = re.compile(r"(?!systemd-|emergency|rescue)[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.service)?", re.ASCII)
PATH = re.compile(r"(?:/[A-Za-z0-9_.%+, -]+){3,}/?", re.ASCII)
RISKS = ("read_only", "change", "destructive")


def is_name(arg):
    return NAME.fullmatch(arg) is not None


def is_unit(arg):
    return UNIT.fullmatch(arg) is not None


def printer(args):
    def one(arg):
        if arg.startswith("-"):
            return re.fullmatch("-[pEvmxdDLra]", arg) is not None
        return not arg.startswith("/") and not arg.lower().startswith("file:")
    return len(args) > 0 and all(map(one, args))


def none(args):
    return not args


def verb(verbs, rest):
    return lambda args: len(args) > 0 and args[0] in verbs and rest(args[1:])


def named(args):
    return len(args) > 0 and all(is_name(arg) or arg == "-y" for arg in args)


def units(args):
    return len(args) > 0 and all(is_unit(arg) or arg == "--now" for arg in args)


def one_name(args):
    return len(args) == 1 and is_name(args[0])


def service(args):
    return len(args) == 2 and is_unit(args[0]) and args[1] in ("start", "stop", "restart", "reload")


def parameters(*names):
    return lambda args: all(not arg.startswith("-") or arg.lower() in names for arg in args)


PACKAGES = verb(("install", "remove"), named)
POSIX = {
    **{head: ("printers", printer) for head in ("lpadmin", "cupsenable", "cupsdisable", "cupsaccept", "cupsreject", "cancel")},
    "systemctl": ("services", verb(("start", "stop", "restart", "reload", "enable", "disable"), units)),
    "service": ("services", service),
    "apt": ("packages", PACKAGES), "apt-get": ("packages", PACKAGES), "dnf": ("packages", PACKAGES),
    "update-ca-certificates": ("certificates", none), "update-ca-trust": ("certificates", none),
    "resolvectl": ("network", lambda args: args == ["flush-caches"]),
    "nmcli": ("network", verb(("connection",), verb(("up", "down"), one_name))),
}
POWERSHELL = {
    "add-printer": ("printers", parameters("-name", "-drivername", "-portname")),
    "remove-printer": ("printers", parameters("-name")),
    "add-printerdriver": ("printers", parameters("-name")),
    "remove-printerdriver": ("printers", parameters("-name")),
    "add-printerport": ("printers", parameters("-name", "-printerhostaddress")),
    "start-service": ("services", parameters("-name")),
    "stop-service": ("services", parameters("-name", "-force")),
    "restart-service": ("services", parameters("-name", "-force")),
    "import-certificate": ("certificates", parameters("-filepath", "-certstorelocation")),
    "clear-dnsclientcache": ("network", none),
    "restart-netadapter": ("network", parameters("-name")),
}


def plain_words(script, word):
    """The words of one plain command, or None."""
    script = script[:-1] if script.endswith("\n") else script
    words, glued = [], False
    for part in re.findall(r"'[^']*'|[^ ']+|'| ", script):
        if part == " ":
            glued = False
            continue
        if glued or not (word.fullmatch(part) or QUOTED.fullmatch(part)):
            return None
        words.append(part[1:-1] if part.startswith("'") else part)
        glued = True
    return words if words and not script.lstrip(" ").startswith("'") else None


def folder_of(args):
    paths = [arg for arg in args if not re.fullmatch("-[A-Za-z]+", arg)]
    if not paths or not all(PATH.fullmatch(path) and not re.search(r"/\.{1,2}(?:/|\Z)", path) for path in paths):
        return None
    parents = [re.sub("/\\Z", "", path).split("/")[1:-1] for path in paths]
    shared = [part for i, part in enumerate(parents[0]) if all(parent[: i + 1] == parents[0][: i + 1] for parent in parents)]
    return None if len(shared) < 2 else "/" + "/".join(shared)


def place_of(spec):
    """(category, folder, shell), or None."""
    shell = spec["shell"]
    if "input" in spec or "file" in spec or spec["runAs"]["kind"] != "runtime" or shell == "cmd":
        return None
    posix = shell in ("bash", "sh")
    words = plain_words(spec["script"], WORD if posix else POWERSHELL_WORD)
    if words is None:
        return None
    head, args = words[0], words[1:]
    if posix and head in ("mkdir", "touch", "cp", "mv", "rm"):
        folder = folder_of(args)
        return None if folder is None else ("files", folder, shell)
    found = POSIX.get(head) if posix else POWERSHELL.get(head.lower())
    return (found[0], None, shell) if found is not None and found[1](args) else None


def covers(scope, granted_hash, spec, action_hash, risk):
    """Whether a yes of that scope, given for the action of that hash, covers this command."""
    if spec["runAs"]["kind"] != "runtime":
        return False
    if scope["kind"] == "exact":
        return action_hash == granted_hash
    place = place_of(spec)
    if place is None or place[0] != scope["category"] or place[2] != scope["shell"]:
        return False
    folder = scope["folder"]
    inside = place[1] == folder or (folder is not None and place[1] is not None and place[1].startswith(folder + "/"))
    return inside and RISKS.index(risk) <= RISKS.index(scope["atMost"])
