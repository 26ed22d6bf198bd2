const set = (words: string): Set<string> => new Set(words.trim().split(/\s+/));

/** Accounts that computers have by themselves, in small letters: they say nothing about anybody. */
const ACCOUNTS = set(`
  system localsystem localservice networkservice local_service administrator administrators admin guest guests defaultaccount wdagutilityaccount
  users everyone public default default_user defaultuser0 all defaultapppool umfd-0 umfd-1 umfd-2 dwm-1 dwm-2 dwm-3 trustedinstaller
  root toor bin daemon adm lp sync shutdown halt mail operator games ftp nobody nogroup sys man news uucp proxy www-data www backup list irc gnats
  systemd systemd-network systemd-resolve systemd-timesync systemd-coredump systemd-oom systemd-bus-proxy systemd+ dbus messagebus message+ polkitd
  sshd postfix chrony ntp rpc rpcuser nfsnobody dockerroot docker dockerd syslog tss uuidd tcpdump landscape pollinate lxd avahi avahi-autoipd
  colord cups-pk-helper geoclue gdm gnome-initial-setup pulse rtkit saned setroubleshoot usbmux usbmuxd whoopsie hplip kernoops speech-dispatcher
  nm-openvpn dnsmasq libstoragemgmt abrt cockpit-ws cockpit-wsinstance clevis sssd unbound gluster qemu libvirt-qemu radvd apache apache2 httpd
  nginx mysql mysqld mariadb postgres redis mongodb mongod tomcat named bind squid zabbix nagios grafana prometheus rabbitmq elasticsearch influxdb
  wheel sudo staff tty disk kmem utmp audio video cdrom floppy tape dialout plugdev netdev input kvm render shadow users group ssl-cert crontab
  reboot runlevel wtmp btmp boot unknown none null (none) n/a - -- any user anonymous local service hacluster clamav amavis dovecot exim spamd
  mlocate ssh utempter slocate plocate lpadmin sambashare games sasl shutdown bluetooth scanner nut ceph lightdm debian-tor debian-snmp tty1 fuse
  unconfined_u system_u rpcbind snmpd dhclient containerd cupsd smmsp auditdistd hast unbound _pflogd tests pop toor mailnull
`);

/** What stands before a backslash and is Windows' own, and the roots of its registry. */
const AUTHORITIES = set(`
  builtin nt hklm hkcu hkcr hku hkcc hkey_local_machine hkey_current_user hkey_classes_root hkey_users hkey_current_config
  authority service autorität apppool manager machine windows system32 device driver registry kernelobjects font global basenamedobjects
  sessions rpc control pipe winsta0 software system microsoft root syswow64 drivers bin inf temp etc usr
`);

/** Names that every computer gives itself and networks give to each. */
const HOSTS = set(`
  rc.local localhost localhost.localdomain localhost4 localhost4.localdomain4 localhost6 localhost6.localdomain6 ip6-localhost ip6-loopback ip6-localnet
  ip6-mcastprefix ip6-allnodes ip6-allrouters ip6-allhosts workgroup gateway _gateway broadcasthost default anywhere any link-local loopback
`);

/**
 * Words of manuals and menus, in small letters. A field may hold one where a name is looked for, and hiding it everywhere would make a text
 * unreadable and hide nobody.
 */
const COMMON = set(`
  windows microsoft user users owner office server client clients system service services print printer printers local remote default name names
  yes no true false enabled disabled enable disable running stopped started manager workstation network update updates driver drivers spooler
  computer machine host hosts domain account accounts group groups desktop laptop test unknown none null any all not set the and for with from
  this that its has have was were are will can could should would may must your you our their here there when what which while where who how
  error errors warning failed failure success successful succeeded ok done complete completed active inactive disc connected disconnected
  connection connect login logon logoff session sessions status state type value version build id key password token file files folder path
  disk drive volume memory processor bios device devices adapter ethernet wireless wifi lan internet protocol port ports address addresses
  english united states standard professional enterprise home pro edition release corporation inc copyright hyper-v virtual vmware intel amd
  dell lenovo hp cisco linux ubuntu debian centos fedora redhat darwin freebsd openbsd kernel bash powershell cmd console terminal shell process task tasks
  event events log logs application applications security setup info information debug trace time date day month year start end begin
  read write open close create delete remove add get new old first last next more less high low normal auto automatic manual
  thanks regards done hello works again now okay sure great
  admin administrator guest public private shared share shares backup support help desk
`);

/** Domains of makers whose names say what was tried, not for whom. Below some of them, customers have names of their own. */
const VENDORS = set(`
  microsoft.com windows.com windowsupdate.com windows.net office.com office365.com office.net live.com outlook.com microsoftonline.com msftconnecttest.com
  msftncsi.com msedge.net msauth.net bing.com skype.com visualstudio.com azure.com aka.ms azureedge.net google.com gstatic.com googleapis.com 1e100.net
  apple.com icloud.com ubuntu.com debian.org kernel.org gnu.org python.org pypi.org nodejs.org npmjs.org npmjs.com github.com githubusercontent.com
  docker.com docker.io cloudflare.com mozilla.org mozilla.com firefox.com digicert.com verisign.com letsencrypt.org globalsign.com sectigo.com w3.org
  xmlsoap.org redhat.com centos.org fedoraproject.org adobe.com oracle.com java.com intel.com amd.com nvidia.com dell.com hp.com lenovo.com vmware.com
  teamviewer.com zoom.us slack.com iana.org icann.org ietf.org rfc-editor.org freedesktop.org ntp.org in-addr.arpa ip6.arpa asp.net fastly.net
  powershellgallery.com chocolatey.org nuget.org openssl.org openssh.com libssh.org openvpn.net wireguard.com wikipedia.org stackoverflow.com
  root-servers.net gtld-servers.net archlinux.org opensuse.org freebsd.org sourceforge.net apache.org postgresql.org mysql.com
`);

/** Below these, the next name is a customer's. */
const TENANTS =
  /(?:^|\.)(?:onmicrosoft\.com|sharepoint\.com|core\.windows\.net|azurewebsites\.net|cloudapp\.azure\.com|cloudapp\.net|database\.windows\.net|vault\.azure\.net|azurecr\.io|trafficmanager\.net|mail\.protection\.outlook\.com|amazonaws\.com|visualstudio\.com|dev\.azure\.com)$/;

export const isWellKnownAccount = (name: string): boolean =>
  ACCOUNTS.has(name.toLowerCase()) || name.startsWith('_') || isCommonWord(name);
export const isAuthority = (name: string): boolean => AUTHORITIES.has(name.toLowerCase());
export const isWellKnownHost = (name: string): boolean => HOSTS.has(name.toLowerCase()) || isCommonWord(name);
export const isCommonWord = (name: string): boolean => COMMON.has(name.toLowerCase());

/** A maker's own domain, or a name in one, that is not a customer's part of it. */
export function isVendorDomain(name: string): boolean {
  const lower = name.toLowerCase();
  if (TENANTS.test(lower)) return false;
  const labels = lower.split('.');
  return labels.some((_, index) => VENDORS.has(labels.slice(index).join('.')));
}
