/** What monitors read. */
export const MONITOR_FORMATS = ['prometheus', 'nagios', 'zabbix', 'json'] as const
export type MonitorFormat = (typeof MONITOR_FORMATS)[number]
