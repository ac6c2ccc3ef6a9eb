import type { Recipe } from '../recipe.ts'
import { apache2 } from './apache2.ts'
import { atftpd } from './atftpd.ts'
import { beanstalkd } from './beanstalkd.ts'
import { chrony } from './chrony.ts'
import { cron } from './cron.ts'
import { dnsmasq } from './dnsmasq.ts'
import { dropbear } from './dropbear.ts'
import { haproxy } from './haproxy.ts'
import { lighttpd } from './lighttpd.ts'
import { mariadb } from './mariadb.ts'
import { memcached } from './memcached.ts'
import { mosquitto } from './mosquitto.ts'
import { named } from './named.ts'
import { natsServer } from './nats-server.ts'
import { nginx } from './nginx.ts'
import { ngircd } from './ngircd.ts'
import { phpFpm } from './php-fpm.ts'
import { phpServer } from './php-server.ts'
import { postgres } from './postgres.ts'
import { pythonHttp } from './python-http.ts'
import { redis } from './redis.ts'
import { rsync } from './rsync.ts'
import { rsyslog } from './rsyslog.ts'
import { snmpd } from './snmpd.ts'
import { socat } from './socat.ts'
import { squid } from './squid.ts'
import { sshd } from './sshd.ts'
import { stunnel } from './stunnel.ts'
import { supervisor } from './supervisor.ts'
import { tinyproxy } from './tinyproxy.ts'
import { tor } from './tor.ts'
import { unbound } from './unbound.ts'
import { varnish } from './varnish.ts'
import { vsftpd } from './vsftpd.ts'

/** Every daemon of the suite. */
export const RECIPES: readonly Recipe[] = [
  apache2,
  atftpd,
  beanstalkd,
  chrony,
  cron,
  dnsmasq,
  dropbear,
  haproxy,
  lighttpd,
  mariadb,
  memcached,
  mosquitto,
  named,
  natsServer,
  nginx,
  ngircd,
  phpFpm,
  phpServer,
  postgres,
  pythonHttp,
  redis,
  rsync,
  rsyslog,
  snmpd,
  socat,
  squid,
  sshd,
  stunnel,
  supervisor,
  tinyproxy,
  tor,
  unbound,
  varnish,
  vsftpd,
]
