import { join } from 'node:path';
import { ownProgram } from './own-program.ts';
import { SERVICE } from './service-places.ts';
import { previousOf } from './update/program-places.ts';

/**
 * The service file for this installation. KillMode=process is the line everything hangs on: a stop or restart of the
 * runtime leaves runners and their commands alone. What would change how commands see the machine (read-only system
 * folders, private /tmp, no new privileges) is left out on purpose: those commands are there to administer it.
 */
export function systemdUnit(dataRoot: string, program: string[] = ownProgram()): string {
  return `# Made by the Throughline endpoint runtime. By hand: copy it to /etc/systemd/system/${SERVICE}.service, then
# systemctl daemon-reload && systemctl enable --now ${SERVICE}
[Unit]
Description=Throughline endpoint runtime
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0
# Not enrolled yet: nothing to run, and no reason to try every two seconds.
ConditionPathExists=${join(dataRoot, 'identity.json').replaceAll('%', '%%')}

[Service]
Type=exec
${guard(program, dataRoot)}ExecStart=${[...program, 'run', ...dataArgument(dataRoot)].map(quote).join(' ')}
Restart=always
RestartSec=2
# Revoked, locked, bad signature, unsupported: a person has to look first.
RestartPreventExitStatus=3 4 5 6
KillMode=process
KillSignal=SIGTERM
UMask=0077
StandardInput=null
# For the runtime itself; what it starts may raise it, as at a login.
LimitCORE=0:infinity
OOMScoreAdjust=-100
ProtectClock=no
# Each command gets a control group of its own below the service's, so that a cancel ends all of it.
Delegate=yes
ProtectControlGroups=no
RestrictSUIDSGID=no

[Install]
WantedBy=multi-user.target
`;
}

/** The version before, while there is one, looks after the newer one's first starts and puts itself back where that does not do. */
const guard = (program: string[], dataRoot: string): string =>
  program.length > 1
    ? ''
    : `ExecStartPre=-${[previousOf(program[0] ?? ''), 'before-start', ...dataArgument(dataRoot)].map(quote).join(' ')}
Environment=THROUGHLINE_AGENT_GUARDED=1
`;

/** Whether a unit file of ours runs on this data folder. */
export const isUnitOf = (unit: string, dataRoot: string): boolean =>
  unit.includes(` run ${dataArgument(dataRoot).map(quote).join(' ')}\n`);

const dataArgument = (dataRoot: string) => ['--data', dataRoot];

const quote = (text: string): string =>
  /[\s"\\%$]/.test(text)
    ? `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`
    : text;
