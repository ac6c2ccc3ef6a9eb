/** What boot files are made for. One directory or file of this one each, one template each in templates/. */
export const TARGETS = ['systemd', 'sysvinit', 'openrc', 'runit', 's6', 'launchd', 'logrotate', 'tmpfiles'] as const
export type Target = (typeof TARGETS)[number]

/** As people write it. */
export const TARGET_NAMES: Readonly<Record<Target, string>> = {
  systemd: 'systemd',
  sysvinit: 'sysvinit',
  openrc: 'OpenRC',
  runit: 'runit',
  s6: 's6',
  launchd: 'launchd',
  logrotate: 'logrotate',
  tmpfiles: 'systemd-tmpfiles',
}
