import { type ReadingRule, type Rules, exactly, getopt, verbs } from './rule.ts';

/** Neither a file nor an address to take the value from, nor an option. */
const VALUE = /^(?!-|@|file:|fileb:|https?:)[^\n]*$/i;

/** `describe-` and `list-` print. `get-` is left out, since some of them write a file or make a key. */
const AWS =
  /^(ec2|elb|elbv2|rds|ecs|eks|ecr|iam|lambda|cloudwatch|logs|autoscaling|efs|fsx|backup|ssm|workspaces|route53|cloudtrail|cloudformation|sns|sqs|s3api|acm|kms|organizations|directconnect|ds|guardduty|inspector2|events|dynamodb|redshift|elasticache|transfer|storagegateway|wafv2|secretsmanager|apigateway|cloudfront) (describe|list)-[a-z0-9-]+$|^sts get-caller-identity$|^cloudwatch get-metric-statistics$|^configure list$|^s3 ls( s3:\/\/[\w./-]*)?$/;
const aws = verbs({
  reads: AWS,
  options: /^--(no-cli-pager|no-paginate|recursive|human-readable|summarize|no-include-deprecated)$/,
  valued:
    /^--(query|output|region|profile|filters?|max-items|page-size|instance-ids|volume-ids|group-ids|vpc-ids|image-ids|db-instance-identifier|cluster|clusters|services|name|names|bucket|prefix|namespace|metric-name|start-time|end-time|period|statistics|dimensions|log-group-name|log-group-name-prefix|stack-name|user-name|role-name|load-balancer-arn|target-group-arn|hosted-zone-id|owners)$/,
});
/** The value of every option is looked at, too; or its version is asked for. */
const plainValues =
  (rule: ReadingRule): ReadingRule =>
  (args) =>
    (args.length === 1 && args[0] === '--version') ||
    (args.every((arg) => arg !== null && (/^-/.test(arg) || VALUE.test(arg))) && rule(args));

/** By name, since `az keyvault secret show` and `az storage account keys list` print what is secret, and a word may be an extension's. */
const AZ =
  '(account|group|resource|vm|vmss|disk|snapshot|image|aks|aks nodepool|acr|appservice plan|functionapp|webapp|storage account|keyvault|sql server|sql db|backup (vault|item|job)|monitor (alert|metrics alert|activity-log)|ad (user|group|app|sp)|role assignment|network (vnet|vnet subnet|nsg|nsg rule|nic|public-ip|lb|application-gateway|vpn-connection|vnet-gateway|route-table|dns zone|private-endpoint|bastion|firewall))';
const az = verbs({
  reads: new RegExp(`^(${AZ} (list|show)|account list-locations|version)$`),
  options: /^(-d|--show-details|--only-show-errors|--all)$/,
  valued:
    /^(-[ogn]|--(output|query|resource-group|name|subscription|id|ids|nsg-name|vnet-name|server|server-name|workspace-name|account-name|vault-name|location))$/,
});
/** By name, since what comes before `list` may be a verb, and `list` what it acts on. */
const GCLOUD =
  '(compute (instances|disks|networks( subnets)?|snapshots|firewall-rules|zones|regions|addresses|images|routers|vpn-tunnels|forwarding-rules|backend-services)|projects|container clusters|sql (instances|backups)|config|auth|iam service-accounts|services|storage buckets|functions|run services|logging logs|dns managed-zones)';
const OPENSTACK =
  '(server|image|network|subnet|port|router|volume|volume snapshot|flavor|project|user|hypervisor|floating ip|security group|keypair|stack|compute service|network agent)';
const gcloud = verbs({
  reads: new RegExp(`^${GCLOUD} (list|describe [\\w.@-]+)$|^projects get-iam-policy [\\w-]+$`),
  options: /^--(format|filter|project|zone|region|limit|sort-by|location|zones|regions|uri)(=(?!@)[^\n]*)?$/,
  valued: /^--(format|filter|project|zone|region|limit|sort-by|location)$/,
});

const ceph = verbs({
  reads:
    /^(|status|health( detail)?|df( detail)?|versions|quorum_status|mon stat|mgr stat|pg stat|osd (tree|df|stat|perf|ls|pool ls( detail)?)|fs (status|ls)|orch (ps|ls|host ls|device ls|status)|crash ls)$/,
  options: /^(-s|--status)$/,
});

/** Namespaces of an ESXi host by name: a verb may stand before `list`. */
const ESXCLI =
  /^(system (version|hostname|uuid|time|ntp|maintenanceMode|stats uptime|syslog config|boot device|coredump partition) get|system (module|process|account|settings advanced|coredump partition) list|network (nic|vm|neighbor|ip interface|ip connection|ip neighbor|ip route ipv4|ip dns server|ip interface ipv4|firewall ruleset|vswitch standard|vswitch standard portgroup|vswitch dvs vmware) list|network (firewall|ip|ip interface ipv4) get|storage (core (device|path|adapter)|filesystem|vmfs extent|nmp (device|path|satp)|nfs|nfs41|san (fc|iscsi|sas)) list|hardware (cpu|pci|bootdevice) list|hardware (clock|platform|memory) get|software (vib|profile) (list|get)|software acceptance get|vm process list|vsan (cluster|storage|network|health cluster) (get|list))$/;
const XE_CHOOSES =
  /^(params|uuid|name-label|power-state|host|host-uuid|vm-uuid|sr-uuid|network-uuid|resident-on|is-control-domain|type|device|tags|vm-name-label)=[\w,.: -]*$/;

/** Clouds, clusters and what manages them. */
export const CLOUD_RULES: Rules = {
  aws: plainValues(aws),
  az: plainValues(az),
  gcloud: plainValues(gcloud),
  gsutil: verbs({ reads: /^(ls|du)( gs:\/\/[\w./*-]*)?$|^version$/, options: /^-(l|L|b|h|s|lh)$/ }),
  doctl: verbs({
    reads:
      /^(compute (droplet|image|volume|domain|firewall|load-balancer|snapshot|ssh-key) (list|get \S+)|account get|balance get|kubernetes cluster list|databases list|projects list)$/,
  }),
  hcloud: verbs({
    reads:
      /^(server|volume|network|firewall|image|ssh-key|load-balancer|floating-ip|datacenter|location|context) (list|describe \S+)$/,
  }),
  'linode-cli': verbs({ reads: /^(linodes|volumes|domains|nodebalancers|firewalls|images|regions) (list|view \d+)$/ }),
  openstack: verbs({ reads: new RegExp(`^${OPENSTACK} (list|show [\\w.-]+)$`), options: /^--(long|all-projects)$/ }),
  // With `-json` what is sensitive in `output` is printed, too.
  terraform: verbs({ reads: /^(state list|workspace (list|show)|output|version)$/, options: /^-no-color$/ }),
  vault: verbs({ reads: /^(status|version)$/ }),
  consul: verbs({ reads: /^(members|info|version|operator raft list-peers|catalog (nodes|services|datacenters))$/ }),
  nomad: verbs({ reads: /^((job|node|alloc|deployment) status( [\w-]+)?|server members|version|status)$/ }),
  etcdctl: verbs({
    reads: /^(endpoint (health|status|hashkv)|member list|alarm list|version)$/,
    options: /^--(cluster|endpoints=\S+|write-out=\w+|cacert=\/\S+|cert=\/\S+|key=\/\S+)$/,
    valued: /^(-w|--(endpoints|cacert|cert|key|write-out))$/,
  }),
  // Alone it does what it is fed.
  ceph: (args) => args.some((arg) => arg !== '') && ceph(args),
  gluster: verbs({
    reads: /^(volume (status|info|list)( [\w-]+)?|volume heal [\w-]+ info( summary)?|peer status|pool list)$/,
  }),
  'qemu-img': (args) =>
    args[0] === 'info' &&
    getopt({ flags: 'U', long: /^--(output=json|force-share)$/, operand: /^[\w./-]+$/ })(args.slice(1)),
  pvecm: exactly(/^(status|nodes)$/),
  // `server=` sends the password elsewhere.
  xe: (args) => /^(?!secret)[a-z]+-list$/.test(args[0] ?? '') && exactly(XE_CHOOSES)(args.slice(1)),
  esxcli: verbs({ reads: ESXCLI }),
  'vim-cmd': verbs({
    reads:
      /^(vmsvc\/(getallvms|(power\.getstate|get\.(summary|guest|config|snapshotinfo|runtime)) \d+|snapshot\.get \d+)|hostsvc\/hostsummary)$/,
  }),
};
