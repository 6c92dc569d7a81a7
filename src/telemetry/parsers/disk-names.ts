/** Devices that repeat what a disk below them does, or that are no disks. */
const NOT_A_DISK = /^(loop|ram|zram|dm-|md\d|sr\d|fd\d|nbd|drbd)/;

/** Parts of a disk, as the kernel names them. */
const PARTITION = /^((sd|hd|vd|xvd)[a-z]+\d+|(nvme\d+n\d+|mmcblk\d+)p\d+)$/;

/** Is this block device a disk whose traffic counts once? */
export function isWholeDisk(device: string): boolean {
  return !NOT_A_DISK.test(device) && !PARTITION.test(device);
}
