#!/bin/sh
# make-image.sh FOLDER: what a small Debian with a real systemd is started from: FOLDER/{disk.raw,kernel,initrd,key}. Needs root, debootstrap
# and Debian's packages. Left out is what only costs an emulated processor time: device discovery, logins at a screen, timers.
set -eu
cd "$1"
root=$PWD/root
packages=systemd,systemd-sysv,dbus,iproute2,util-linux,procps,kmod,ca-certificates,curl,openssh-server
debootstrap --variant=minbase --include=$packages bookworm "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}"

# Only the modules that find the disk: a small initrd is unpacked in a second.
mkdir -p "$root/etc/initramfs-tools/conf.d"
echo MODULES=list >"$root/etc/initramfs-tools/conf.d/throughline"
printf 'virtio_pci\nvirtio_blk\next4\n' >"$root/etc/initramfs-tools/modules"
DEBIAN_FRONTEND=noninteractive chroot "$root" sh -c 'apt-get install -qy --no-install-recommends \
  -o Dpkg::Options::=--force-confold linux-image-cloud-amd64 initramfs-tools && apt-get clean'
cp "$root"/boot/vmlinuz-* kernel
cp "$root"/boot/initrd.img-* initrd

# One network card with a fixed address, and ssh for one key made here.
ssh-keygen -q -t ed25519 -N '' -f key
install -d -m 700 "$root/root/.ssh"
install -m 600 key.pub "$root/root/.ssh/authorized_keys"
printf 'UsePAM no\nUseDNS no\n' >"$root/etc/ssh/sshd_config.d/vm.conf"
echo vm >"$root/etc/hostname"
echo '127.0.0.1 localhost vm' >"$root/etc/hosts"
: >"$root/etc/fstab"
echo virtio_net >"$root/etc/modules-load.d/vm.conf"
cat >"$root/etc/systemd/system/vm-network.service" <<'UNIT'
[Unit]
After=systemd-modules-load.service
Before=network.target network-online.target ssh.service
Wants=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'ip link set lo up; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.2.2'
[Install]
WantedBy=multi-user.target network-online.target
UNIT
chroot "$root" systemctl enable -q vm-network ssh
for unit in getty@.service serial-getty@.service systemd-udevd.service systemd-udev-trigger.service \
  systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-update-utmp.service \
  dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
  sys-fs-fuse-connections.mount modprobe@.service kmod-static-nodes.service e2scrub_reap.service e2scrub_all.timer \
  apt-daily.timer apt-daily-upgrade.timer fstrim.timer dpkg-db-backup.timer; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

mkfs.ext4 -q -F -d "$root" disk.raw 4G
rm -rf "$root"
