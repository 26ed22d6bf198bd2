import { SERVICE } from './service-places.ts';

/**
 * The service of a Mac. Not yet run on one. AbandonProcessGroup does there what KillMode=process does under systemd: a
 * stop of the runtime leaves runners and their commands alone. launchd cannot tell exit codes apart, so that a revoked
 * runtime is started again every ten seconds, and each time ends at once.
 */
export function launchdPlist(program: string, data: string): string {
  const words = [program, 'run', '--data', data].map((word) => `    <string>${xml(word)}</string>`).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Not yet run on a Mac. To /Library/LaunchDaemons/${SERVICE}.plist (root:wheel, 0644), then:
     sudo launchctl bootstrap system /Library/LaunchDaemons/${SERVICE}.plist -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${SERVICE}</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>AbandonProcessGroup</key>
  <true/>
  <key>Umask</key>
  <integer>63</integer>
  <key>EnvironmentVariables</key>
  <dict>
    <key>NODE_ENV</key>
    <string>production</string>
  </dict>
</dict>
</plist>
`;
}

export const xml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
