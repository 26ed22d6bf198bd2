const set = (words: string): Set<string> => new Set(words.trim().split(/\s+/));

/** Accounts that every computer has, in small letters: they say nothing about anybody. */
const ACCOUNTS = set(`
  system localsystem localservice networkservice administrator administrators guest guests defaultaccount wdagutilityaccount users everyone
  public default defaultuser0 all
  root bin daemon adm lp sync shutdown halt mail operator games ftp nobody nogroup sys man news uucp proxy www-data backup list irc gnats
  systemd-network systemd-resolve systemd-timesync systemd-coredump systemd-oom systemd-bus-proxy dbus messagebus polkitd sshd postfix chrony
  _chrony ntp rpc rpcuser nfsnobody dockerroot docker syslog _apt tss uuidd tcpdump landscape pollinate lxd avahi avahi-autoipd colord cups-pk-helper
  geoclue gdm pulse rtkit saned setroubleshoot usbmux whoopsie hplip kernoops speech-dispatcher nm-openvpn dnsmasq libstoragemgmt abrt cockpit-ws
  cockpit-wsinstance clevis sssd unbound gluster qemu radvd apache nginx mysql mariadb postgres redis mongodb tomcat named squid zabbix nagios
  wheel sudo staff tty disk kmem utmp audio video cdrom floppy tape dialout plugdev netdev input kvm render shadow users group reboot runlevel wtmp btmp
  unknown none null (none) n/a - -- any user anonymous local service network-service
`);

/** Authorities in front of a backslash that are Windows' own, and the roots of its registry. */
const AUTHORITIES = set(`
  builtin nt hklm hkcu hkcr hku hkcc hkey_local_machine hkey_current_user hkey_classes_root hkey_users hkey_current_config
  authority service autorität apppool manager machine windows system32 device driver registry kernelobjects font global global?? basenamedobjects
  sessions rpc control pipe winsta0 software system microsoft
`);

/** Names of computers that every computer gives itself. */
const HOSTS = set(
  'localhost localhost.localdomain localhost4 localhost6 ip6-localhost ip6-loopback workgroup . .. gateway _gateway broadcasthost n/a none',
);

/** Domains of makers whose names say what was tried, not for whom. Below some of them, customers have names of their own. */
const VENDORS = set(`
  microsoft.com windows.com windowsupdate.com windows.net office.com office365.com office.net live.com outlook.com microsoftonline.com msftconnecttest.com
  msftncsi.com msedge.net msauth.net bing.com skype.com visualstudio.com azure.com aka.ms azureedge.net google.com gstatic.com googleapis.com
  apple.com icloud.com ubuntu.com debian.org kernel.org gnu.org python.org pypi.org nodejs.org npmjs.org npmjs.com github.com githubusercontent.com docker.com docker.io
  cloudflare.com mozilla.org mozilla.com firefox.com digicert.com verisign.com letsencrypt.org globalsign.com sectigo.com w3.org xmlsoap.org
  redhat.com centos.org fedoraproject.org adobe.com oracle.com java.com intel.com amd.com nvidia.com dell.com hp.com lenovo.com vmware.com
  teamviewer.com zoom.us slack.com iana.org icann.org ietf.org rfc-editor.org freedesktop.org ntp.org pool.ntp.org in-addr.arpa ip6.arpa asp.net
  powershellgallery.com chocolatey.org nuget.org openssl.org openssh.com openvpn.net wireguard.com putty.org
`);

/** Below these, the next name is a customer's. */
const TENANTS =
  /(^|\.)(onmicrosoft\.com|sharepoint\.com|core\.windows\.net|azurewebsites\.net|cloudapp\.azure\.com|cloudapp\.net|database\.windows\.net|vault\.azure\.net|azurecr\.io|trafficmanager\.net|mail\.protection\.outlook\.com|amazonaws\.com|visualstudio\.com|dev\.azure\.com)$/;

export const isWellKnownAccount = (name: string): boolean => ACCOUNTS.has(name.toLowerCase());
export const isAuthority = (name: string): boolean => AUTHORITIES.has(name.toLowerCase());
export const isWellKnownHost = (name: string): boolean => HOSTS.has(name.toLowerCase());

/** A maker's own domain, or a name in one, that is not a customer's part of it. */
export function isVendorDomain(name: string): boolean {
  const lower = name.toLowerCase();
  if (TENANTS.test(lower)) return false;
  const labels = lower.split('.');
  return labels.some((_, index) => VENDORS.has(labels.slice(index).join('.')));
}
