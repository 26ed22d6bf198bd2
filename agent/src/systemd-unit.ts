import { fileURLToPath } from 'node:url';

/**
 * The service file for this installation. KillMode=process is the line everything hangs on: a stop or restart of the
 * runtime leaves runners and their commands alone. What would change how commands see the machine (read-only system
 * folders, private /tmp, no new privileges) is left out on purpose: those commands are there to administer it.
 */
export function systemdUnit(dataRoot: string): string {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const tsx = import.meta.resolve('tsx');
  return `# Install: sudo cp ${dataRoot}/throughline-runtime.service /etc/systemd/system/ && sudo systemctl enable --now throughline-runtime
[Unit]
Description=Throughline endpoint runtime
Documentation=file://${fileURLToPath(new URL('../../docs/PROTOCOL.md', import.meta.url))}
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${quote(process.execPath)} --import ${quote(tsx)} ${quote(main)} run --data ${quote(dataRoot)}
Restart=always
RestartSec=2
# Revoked, locked, bad signature, unsupported: a person has to look first.
RestartPreventExitStatus=3 4 5 6
KillMode=process
KillSignal=SIGTERM
UMask=0077
StandardInput=null
LimitCORE=0
OOMScoreAdjust=-100
ProtectClock=no
LockPersonality=yes
# Each command gets a control group of its own below the service's, so that a cancel ends all of it.
Delegate=yes
ProtectControlGroups=no
RestrictSUIDSGID=no
Environment=NODE_ENV=production

[Install]
WantedBy=multi-user.target
`;
}

const quote = (text: string): string =>
  /[\s"\\%$]/.test(text)
    ? `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`
    : text;
