import { xml } from './launchd-plist.ts';
import { SERVICE } from './service-places.ts';

/**
 * The service of a Windows computer, for WinSW, because Windows itself starts only programs that speak to its service
 * manager. Not yet run there, and the runtime's own pipes are still made for Linux.
 */
export function windowsService(program: string, data: string): string {
  return `<!-- Not yet run on Windows. Put WinSW (https://github.com/winsw/winsw) beside this file as ${SERVICE}-service.exe, this file
     as ${SERVICE}-service.xml, then as administrator: ${SERVICE}-service.exe install, and: start.
     To be checked there first: that a stop leaves runners and their commands alone. -->
<service>
  <id>${SERVICE}</id>
  <name>Throughline endpoint runtime</name>
  <description>Runs the commands that were approved at this computer.</description>
  <executable>${xml(program)}</executable>
  <arguments>run --data "${xml(data)}"</arguments>
  <env name="NODE_ENV" value="production"/>
  <startmode>Automatic</startmode>
  <onfailure action="restart" delay="2 sec"/>
  <stoptimeout>15 sec</stoptimeout>
  <log mode="none"/>
</service>
`;
}
