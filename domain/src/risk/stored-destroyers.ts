import type { Args } from './bash/rule.ts';
import { byName } from './by-name.ts';

/** What deletes data inside a service, a backup, a directory, a cloud or an array, by all known words of the command. */
const BY_LINE = byName<RegExp>([
  // Mail and queues.
  ['postsuper', /^-[a-z]*d/],
  ['exim exim4', /^-Mrm\b/],
  ['doveadm', /(^| )(expunge|purge|mailbox delete|mailbox cache purge)\b/],
  ['rabbitmqctl', /\b(purge_queue|delete_queue|delete_vhost|delete_user|reset|force_reset)\b/],
  ['rabbitmqadmin', /\b(delete|purge)\b/],
  ['kafka-topics.sh kafka-topics', /--delete\b/],
  // Databases and key stores.
  ['mysqladmin', /(^| )drop\b/],
  ['pg_dropcluster pg_resetwal dropuser ldapdelete', /^/],
  ['redis-cli', /(^| )(del|unlink)\b/i],
  ['etcdctl', /(^| )(del|rm)\b/],
  ['consul', /(^| )kv delete\b/],
  ['vault', /(^| )(delete|destroy|kv (delete|destroy|metadata delete))\b/],
  ['mongosh mongo', /\.(drop|deleteMany|deleteOne|remove)\s*\(/],
  // Accounts and certificates.
  ['samba-tool', /^(user|group|computer|ou|contact|dns|gpo|sites) (delete|del|remove)\b|^domain demote\b/],
  ['ipa', /^[a-z]+-del\b/],
  ['dscl', /(^| )-?delete\b/],
  ['sysadminctl', /-deleteUser\b/],
  ['keytool', /(^| )-delete(entry)?\b/],
  ['certbot', /^delete\b/],
  ['gpg gpg2', /--delete-/],
  ['security', /^delete-/],
  // Disks, arrays and snapshots.
  ['mdadm', /(^| )(--create|-C)\b/],
  ['lvreduce', /^/],
  ['lvresize', /(^| )(-L|--size[ =]|-l|--extents[ =]) ?-\d/],
  ['lvconvert', /--merge\b/],
  ['xfs_repair', /(^| )-[a-z]*L/],
  ['zfs', /^(rollback|receive|recv)\b/],
  ['zpool', /^(create|split)\b/],
  ['nvme', /^(sanitize|write-zeroes|delete-ns|write)\b/],
  ['sg_format sg_sanitize sg_write_same', /^/],
  ['cryptsetup', /^(luksKillSlot|luksRemoveKey|reencrypt)\b/],
  ['storcli storcli64 perccli perccli64', /(^| )(del|delete|erase|init|secureerase)\b/],
  ['megacli MegaCli MegaCli64', /-(CfgLdDel|CfgClr|LDInit|CfgForeign -?Clear)\b/i],
  ['ssacli hpssacli', /(^| )delete\b/],
  ['arcconf', /^delete\b/i],
  ['diskutil', /^(erase\w*|reformat|partitionDisk|zeroDisk|randomDisk|secureErase|(apfs|ap) delete\w*)\b/i],
  ['ceph', /^(osd (purge|destroy|pool (delete|rm))|fs rm)\b/],
  ['rbd', /^(rm|remove|snap (rm|purge|rollback))\b/],
  ['rados', /(^| )(rm|purge|rmpool)\b/],
  ['gluster', /^volume (delete|reset-brick)\b/],
  ['snapper', /(^| )(delete|rm|rollback)\b/],
  ['timeshift', /--(delete|restore)/],
  ['tmutil', /^(delete|thinlocalsnapshots)/],
  // Backups.
  ['restic', /(^| )(forget|prune)\b/],
  ['borg borgmatic', /(^| )(delete|prune|recreate)\b/],
  ['duplicity', /(^| )(remove-|cleanup)/],
  ['rdiff-backup', /--remove-older-than|(^| )remove\b/],
  ['rclone', /^(deletefile|cleanup|rmdirs|dedupe|bisync)\b/],
  // Machines and containers.
  ['docker-compose podman-compose', /(^| )(down\b.* (-v|--volumes)|rm\b.* -[a-z]*v)/],
  ['nerdctl', /(^| )(prune|volume (rm|remove))\b/],
  ['podman', /^system reset\b/],
  ['lxc incus', /(^| )(delete|rm)\b/],
  ['oc', /^delete\b/],
  ['kubeadm', /^reset\b/],
  ['pvesm', /^free\b/],
  ['xe', /^(vm-destroy|vm-uninstall|vdi-destroy|sr-destroy|snapshot-destroy|snapshot-uninstall)\b/],
  ['vim-cmd', /^vmsvc\/(destroy|snapshot\.remove)/],
  ['VBoxManage', /--delete\b|^(closemedium|snapshot \S+ delete)\b/],
  ['multipass', /^(purge|delete)\b/],
  ['vagrant', /^destroy\b/],
  ['snap', /^remove\b.*--purge\b/],
  ['flatpak', /--delete-data\b/],
  // Clouds.
  ['terraform tofu pulumi', /^(destroy\b|apply\b.* -?-destroy\b)/],
  ['aws', /^s3 sync\b.*--delete\b/],
  ['gsutil', /(^| )(rm|rb)\b|(^| )rsync\b.* -d\b/],
  ['azcopy', /^(rm|remove)\b|--delete-destination/],
  ['s3cmd', /(^| )(del|rb|rm)\b/],
  ['mc', /^(rm|rb)\b/],
  ['doctl hcloud linode-cli oci openstack eksctl', /(^| )(delete|rm|terminate|destroy)\b/],
  // Files, repositories and the rest.
  [
    'git',
    /^(stash (clear|drop)|branch\b.* (-D|--delete --force)|checkout\b.* (--|-f|--force)( |$)|restore\b(?!.*--staged))/,
  ],
  ['smbclient', /(^| )(-c|--command)[ =](.*;\s*)?(del|rm|rmdir|deltree|mdel)\b/],
  ['lftp', /\b(rm|mrm|rmdir|glob rm)\b|--delete\b/],
  ['clamscan clamdscan', /--remove(=yes|\b(?!=no))/],
  ['defaults', /^(-currentHost )?delete\b/],
  ['nvram', /(^| )-c\b/],
  ['ipmitool', /(^| )sel clear\b/],
  ['wp', /^(db (drop|reset|clean)|site (empty|delete)|(post|user|plugin|theme) delete)\b/],
]);

/** No more of a line is searched. */
const LONGEST = 4000;

/** That a command deletes what is stored, in words; null where it does not. */
export function destroysWhatIsStored(name: string, args: Args): string | null {
  const pattern = BY_LINE.get(name);
  if (pattern === undefined) return null;
  const line = args.filter((arg) => arg !== null).join(' ');
  return pattern.test(line.slice(0, LONGEST)) ? `\`${name}\` can destroy data.` : null;
}
