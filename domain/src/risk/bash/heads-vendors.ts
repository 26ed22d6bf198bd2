import { type ReadingRule, type Rules, exactly, some, verbs, without } from './rule.ts';

/** `storcli /c0/v0 show all`: what stands in front of the verb is a place, what comes behind it says how much. */
const storcli: ReadingRule = (args) => {
  const verb = args.indexOf('show');
  return (
    verb !== -1 &&
    exactly(/^\/[a-z][\w,/-]*$/)(args.slice(0, verb)) &&
    exactly(/^(all|ctrlcount|events|health|status|config|alilog|termlog|badblocks|smart|bbu|cv|j|nolog)$/)(
      args.slice(verb + 1),
    )
  );
};
/** Of MegaCLI's verbs those that print; their other words choose adapter, drive and enclosure. */
const megacli: ReadingRule = some(
  /^-(LDInfo|LDPDInfo|PDList|PDInfo|AdpAllInfo|AdpGetTime|AdpCount|adpCount|EncInfo|EncStatus|CfgDsply|ShowSummary|AdpBbuCmd|GetBbuStatus|GetBbuCapacityInfo|GetBbuDesignInfo|GetEventLogInfo|GetPreservedCacheList|L(all|\d+)|a(ALL|all|\d+)|PhysDrv|NoLog)$|^\[[\d:,]+\]$/,
);
/** What makers of hardware, of virtual machines and of directories bring along. */
export const VENDOR_RULES: Rules = {
  storcli,
  storcli64: storcli,
  perccli: storcli,
  perccli64: storcli,
  megacli: megacli,
  MegaCli: megacli,
  MegaCli64: megacli,
  ssacli: verbs({ reads: /^ctrl (all|slot=\d+)( (ld|pd|array) [\w:]+)? show( (status|config|detail))*$/ }),
  // `-outc FILE` writes.
  omreport: without(/^-out/),
  racadm: verbs({
    reads:
      /^(getsysinfo|getsel|getraclog|gettracelog|getsensorinfo|getniccfg|getsvctag|getversion|getled|getssninfo|getractime|get [\w.]+|help( \w+)?)$/,
  }),
  bluetoothctl: verbs({ reads: /^(devices|show|info|list|paired-devices)( [\w:]+)?$/ }),
  'avahi-browse': some(/^(-[alrtpkcD]+|_[\w-]+\._(tcp|udp)|--(all|terminate|resolve|parsable|no-db-lookup))$/),
  VBoxManage: verbs({
    reads: /^(list \w+|showvminfo .+|guestproperty (get|enumerate) .+|metrics list.*|showmediuminfo .+)$/,
    options: /^(-l|--(long|sorted|machinereadable|details))$/,
  }),
  stty: exactly(/^(-a|-g|--all|--save|size|speed)$/),
  zramctl: exactly(/^(--output-all|--bytes|--noheadings|--raw|\/dev\/zram\d+)$/),
  losetup: exactly(/^(-[alLO]|--(all|list|json|raw|noheadings)|NAME|BACK-FILE|\/dev\/loop\d+)$/),
  mokutil: exactly(/^(--(sb-state|list-enrolled|list-new|list-delete|pk|kek|db|dbx|timeout))$/),
  efibootmgr: exactly(/^(-v|--verbose)$/),
  xset: exactly(/^(q|-q)$/),
  gsettings: verbs({
    reads: /^(get \S+ \S+|list-(schemas|keys|recursively|children)( \S+)?|range \S+ \S+|writable \S+ \S+)$/,
  }),
  dconf: verbs({ reads: /^(read|list|dump) \/\S*$/ }),
  'fc-list': exactly(/^(-v|:.*|\w[\w.,-]*|--(verbose|brief))$/),
  'fc-match': exactly(/^(-[sav]|:.*|\w[\w.,:-]*)$/),
  nm: exactly(/^(-[AaCDgnopPSurv]+|--(dynamic|demangle|defined-only|undefined-only|extern-only)|[^-].*)$/),
  objdump: exactly(
    /^(-[aCdDfghlpprRStTwxz]+|--(all-headers|private-headers|dynamic-syms|syms|section-headers|disassemble)|[^-].*)$/,
  ),
  lldpcli: verbs({
    reads: /^show (neighbors|interfaces|chassis|configuration|statistics)( (details|summary|hidden|ports [\w,.-]+))*$/,
  }),
  'ovs-vsctl': verbs({
    reads:
      /^(show|list-br|(list-ports|list-ifaces|br-to-vlan|port-to-br|iface-to-br) [\w.-]+|list \w+|get \w+ [\w.-]+ [\w:]+)$/,
  }),
  pam_tally2: exactly(/^(-u|--user|--user=\w[\w.-]*|\w[\w.-]*)$/),
  squeue: exactly(/^(-[alhu]|-t|--(me|long|all|noheader)|--(user|state|partition)=[\w,.-]+|\w[\w,.-]*)$/),
  sinfo: exactly(/^(-[NlaReh]+|--(long|summarize|all))$/),
  crm_mon: exactly(/^-[1rnfAot]+$/),
  pcs: verbs({
    reads:
      /^(status( (resources|nodes|cluster|corosync|quorum))?|(resource|cluster|stonith|quorum|property) (status|config|show)|config( show)?)$/,
    options: /^--(full|all)$/,
  }),
  'corosync-cfgtool': exactly(/^-s$/),
  drbdadm: verbs({ reads: /^(status|cstate|dstate|role|dump)( [\w-]+)?$/ }),
  varnishadm: verbs({ reads: /^(status|ping|backend\.list|vcl\.list|ban\.list|storage\.list|panic\.show)$/ }),
  'vmware-toolbox-cmd': verbs({
    reads:
      /^(|stat (speed|hosttime|balloon|swap|memlimit|memres|cpures|cpulimit|sessionid|raw( \w+)*)|(timesync|script [\w-]+) (status|current|default)|disk list|device (list|status \w+)|info \w+)$/,
    options: /^-v$/,
  }),
  'cloud-init': verbs({
    reads: /^(status|query( [\w.]+)?|analyze (show|blame|boot))$/,
    options: /^--(long|wait|all|format=(json|yaml|tabular))$/,
  }),
  cscli: verbs({
    reads: /^(alerts|decisions|bouncers|machines|collections|parsers|scenarios|hub) list$|^(metrics|version)$/,
    options: /^-(a|-all)$/,
  }),
  'samba-tool': verbs({
    reads:
      /^(domain (level show|info \S+|passwordsettings show|trust (list|show \S+))|user (list|show \S+)|group (list|show \S+|listmembers \S+)|computer (list|show \S+)|ou list|drs showrepl|fsmo show|processes|sites list|gpo (listall|list \S+)|ntacl get \S+|time|dbcheck)$/,
  }),
};
