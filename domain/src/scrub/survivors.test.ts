import { describe, expect, it } from 'vitest';
import { scrub } from './scrub.ts';

/** Output and words in which nothing identifies anybody: written after what Windows and Linux print. */
const HARMLESS = [
  `Status   Name               DisplayName
------   ----               -----------
Running  Spooler            Print Spooler
Stopped  WSearch            Windows Search
Running  LanmanServer       Server
Running  Dhcp               DHCP Client`,
  `Image Name                     PID Session Name        Session#    Mem Usage
========================= ======== ================ =========== ============
System Idle Process              0 Services                   0          8 K
svchost.exe                   1234 Services                   0     12,345 K
spoolsv.exe                   4321 Services                   0     22,345 K`,
  `Handles  NPM(K)    PM(K)      WS(K)     CPU(s)     Id  SI ProcessName
-------  ------    -----      -----     ------     --  -- -----------
    274      15     3480      12432       0.17   5552   1 ApplicationFrameHost`,
  `   TimeGenerated        EntryType   Source        InstanceID Message
Log Name:      System
Source:        Service Control Manager
Event ID:      7031
Level:         Error
Task Category: None
Keywords:      Classic
Description:
The Print Spooler service terminated unexpectedly.  It has done this 3 time(s).  The following corrective action will be taken in 60000 milliseconds: Restart the service.
Provider Name : Service Control Manager, Guid {555908d1-a6d7-4695-8e1e-26931d2012f4}`,
  `Microsoft PnP Utility

Published Name:     oem42.inf
Original Name:      hpdriver.inf
Provider Name:      HP
Class Name:         Printers
Class GUID:         {4d36e979-e325-11ce-bfc1-08002be10318}
Driver Version:     06/21/2006 10.0.19041.1
Signer Name:        Microsoft Windows`,
  `Deployment Image Servicing and Management tool
Version: 10.0.19041.844

Image Version: 10.0.19045.4412

[==========================100.0%==========================] The restore operation completed successfully.
Error: 0x800f081f
The source files could not be found.`,
  `ComputerName     : localhost
RemoteAddress    : ::1
InterfaceAlias   : Loopback Pseudo-Interface 1
SourceAddress    : ::1
TcpTestSucceeded : True`,
  `Name    : Domain
Enabled : True
DefaultInboundAction : Block

Profile : Public
NotifyOnListen : False
LogFileName : %systemroot%\\system32\\LogFiles\\Firewall\\pfirewall.log`,
  `SERVICE_NAME: spooler 
        TYPE               : 110  WIN32_OWN_PROCESS  (interactive)
        STATE              : 4  RUNNING 
                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)
        WIN32_EXIT_CODE    : 0  (0x0)
        SERVICE_EXIT_CODE  : 0  (0x0)
        CHECKPOINT         : 0x0
        WAIT_HINT          : 0x0
        SERVICE_START_NAME : LocalSystem
        BINARY_PATH_NAME   : C:\\Windows\\System32\\spoolsv.exe`,
  `The term 'Get-Foo' is not recognized as the name of a cmdlet, function, script file, or operable program.
At line:1 char:1
+ Get-Foo
+ ~~~~~~~
    + CategoryInfo          : ObjectNotFound: (Get-Foo:String) [], CommandNotFoundException
    + FullyQualifiedErrorId : CommandNotFoundException`,
  `At C:\\Program Files\\WindowsPowerShell\\Modules\\PrintManagement\\x.psm1:12 char:5
System.Net.Sockets.SocketException (10061): No connection could be made because the target machine actively refused it.
   at System.Net.Sockets.Socket.Connect(EndPoint remoteEP)
   at Microsoft.Management.Infrastructure.CimException`,
  `● cups.service - CUPS Scheduler
     Loaded: loaded (/lib/systemd/system/cups.service; enabled; vendor preset: enabled)
     Active: active (running) since Mon 2026-05-18 14:21:03 UTC; 2h ago
TriggeredBy: ● cups.path
             ● cups.socket
   Main PID: 812 (cupsd)
      Tasks: 1 (limit: 4567)
     CGroup: /system.slice/cups.service
             └─812 /usr/sbin/cupsd -l`,
  `Filesystem      Size  Used Avail Use% Mounted on
/dev/sda1        40G   12G   26G  32% /
tmpfs           2.0G     0  2.0G   0% /dev/shm`,
  `KB5034441: failed 0x80070643. Event 1001, build 19045.4412, exit code 3010, port 631, 14:23:07, 2026-05-18T14:31:00Z, v1.2.3.4, NTSTATUS 0xC0000005, 12345678 bytes, PID 4321, 00:01:02.345`,
  `Reply from 127.0.0.1: bytes=32 time<1ms TTL=128
    Packets: Sent = 4, Received = 4, Lost = 0 (0% loss),
    Minimum = 0ms, Maximum = 0ms, Average = 0ms`,
  `apt: Setting up libssl3:amd64 (3.0.2-0ubuntu1.15) ...
Get:1 http://archive.ubuntu.com/ubuntu jammy/main amd64 Packages [1395 kB]
npm ERR! code ENOENT syscall open path /usr/lib/node_modules/npm/package.json errno -2`,
  `Password last set            never
Password expires             Never
User may change password     Yes
Password required            Yes
Account active               Yes
Local Group Memberships      *Users`,
  `Hotfix(s):  5 Hotfix(s) Installed. [01]: KB2919355
OS Name:                   Microsoft Windows Server 2012 R2 Standard
System Type:               x64-based PC
Processor(s):  [01]: Intel64 Family 6 Model 158 Stepping 10 GenuineIntel ~2592 Mhz
Time Zone: (UTC+03:00) Kuwait, Riyadh
Domain: WORKGROUP`,
  `Name                   : HP LaserJet
PrinterStatus          : Error
DriverName             : HP Universal Printing PCL 6
PortName               : USB001
Shared                 : False
JobCount               : 3
Comment                : 
Owner: BUILTIN\\Administrators; User: SYSTEM`,
  `DNS request timed out. timeout was 2 seconds. Server:  UnKnown
*** Request to UnKnown timed-out
Non-authoritative answer: Name: outlook.office365.com`,
  `sudo systemctl restart cups && journalctl -u cups --since "10 min ago"; sudo -u postgres psql; ssh-keygen -l; ls -l /etc/cups; chmod 644 /etc/hosts; kill -9 1234; tar -xzf a.tar.gz; git log --oneline -5; -rw-r--r-- 1 root root 220 Jan  1 12:00 cupsd.conf`,
  `Get-CimInstance Win32_Printer | Select-Object Name, PrinterStatus; Restart-Service -Name Spooler -Force; Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Print'; net stop spooler; sfc /scannow; Get-NetFirewallProfile; Test-NetConnection localhost -Port 631; Get-EventLog -LogName System -Newest 5; pnputil -f -d oem42.inf; Get-Process -Id $PID; $env:COMPUTERNAME`,
  `Technician requests to modify printer drivers. Approve? printer drivers, this session. Network path: port closed by firewall profile switch. Thanks, Done. Hello, the print queue works again. Best regards`,
];

describe('what a technician needs to read', () => {
  it.each(HARMLESS.map((text) => [text.trim().split('\n')[0]!.trim().slice(0, 60), text]))(
    'F110 survives: %s',
    (_, text) => {
      expect(scrub([text], [], []).hidden.map(({ mark, value }) => `${mark} ${value}`)).toEqual([]);
    },
  );

  it.each([
    'KB5034441',
    '0x80070643',
    '0xC0000005',
    'Event ID 7031',
    'exit code 3010',
    '10.0.19045.4412',
    'Version 6.3.9600.20',
    'v1.2.3.4',
    '127.0.0.1:631',
    '0.0.0.0/0',
    '255.255.255.0',
    '::1',
    'S-1-5-18',
    'S-1-5-32-544',
    'NT AUTHORITY\\SYSTEM',
    'NT AUTHORITY\\NETWORK SERVICE',
    'BUILTIN\\Administrators',
    'NT SERVICE\\TrustedInstaller',
    'HKLM\\SYSTEM\\CurrentControlSet\\Services\\Spooler',
    'C:\\Windows\\System32\\spool\\PRINTERS',
    'C:\\Program Files (x86)\\HP\\driver.inf',
    'C:\\Users\\Public\\Documents',
    '\\\\.\\PHYSICALDRIVE0',
    '/var/log/cups/error_log',
    '2026-05-18T14:31:02.123Z',
    '14:31:02',
    'port 65535',
    'oem42.inf',
    'PasswordRequired : True',
    'PublicKeyToken=31bf3856ad364e35',
    'Tests: Pass: 12 Fail: 3',
    'System.Net.Sockets.SocketException',
    'download.windowsupdate.com',
  ])('F110 survives: %s', (text) => {
    expect(scrub([`got ${text} here`], [], []).texts).toEqual([[`got ${text} here`]]);
  });
});
