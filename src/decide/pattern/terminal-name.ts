/**
 * The name of a terminal by its device number, without "/dev/", as ps(1) and pgrep(1) have it; "?" for none.
 * tty(4), pts(4), and the numbers of the kernel's Documentation/admin-guide/devices.txt.
 */
export function terminalName(device: number): string {
  if (device === 0) return '?'
  const major = (device >> 8) & 0xfff
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00)
  // Eight numbers, each for 256 pseudo terminals, from before there were large ones.
  if (major >= 136 && major <= 143) return `pts/${minor + 256 * (major - 136)}`
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`
  if (major === 188) return `ttyUSB${minor}`
  if (major === 204 && minor >= 64) return `ttyAMA${minor - 64}`
  if (major === 5 && minor === 1) return 'console'
  return `${major}:${minor}`
}
