import Check from './check.ts'
import Completion from './completion.ts'
import Condrestart from './condrestart.ts'
import Conform from './conform.ts'
import Do from './do.ts'
import Disable from './disable.ts'
import Enable from './enable.ts'
import Events from './events.ts'
import ForceReload from './force-reload.ts'
import GenLaunchd from './gen-launchd.ts'
import GenLogrotate from './gen-logrotate.ts'
import GenOpenrc from './gen-openrc.ts'
import GenRunit from './gen-runit.ts'
import GenS6 from './gen-s6.ts'
import GenSystemd from './gen-systemd.ts'
import GenSysvinit from './gen-sysvinit.ts'
import GenTmpfiles from './gen-tmpfiles.ts'
import Help from './help.ts'
import History from './history.ts'
import IsEnabled from './is-enabled.ts'
import List from './list.ts'
import New from './new.ts'
import Pause from './pause.ts'
import Logs from './logs.ts'
import Prove from './prove.ts'
import Reload from './reload.ts'
import Restart from './restart.ts'
import Resume from './resume.ts'
import Rotate from './rotate.ts'
import Run from './run.ts'
import Scale from './scale.ts'
import Show from './show.ts'
import Signal from './signal.ts'
import Start from './start.ts'
import Status from './status.ts'
import Stop from './stop.ts'
import Watch from './watch.ts'

/** Every command at once: only the build uses this, to write oclif.manifest.json. */
export const COMMANDS = {
  check: Check,
  completion: Completion,
  condrestart: Condrestart,
  conform: Conform,
  do: Do,
  disable: Disable,
  enable: Enable,
  events: Events,
  'force-reload': ForceReload,
  'gen-launchd': GenLaunchd,
  'gen-logrotate': GenLogrotate,
  'gen-openrc': GenOpenrc,
  'gen-runit': GenRunit,
  'gen-s6': GenS6,
  'gen-systemd': GenSystemd,
  'gen-sysvinit': GenSysvinit,
  'gen-tmpfiles': GenTmpfiles,
  help: Help,
  history: History,
  'is-enabled': IsEnabled,
  list: List,
  new: New,
  pause: Pause,
  logs: Logs,
  prove: Prove,
  reload: Reload,
  restart: Restart,
  resume: Resume,
  rotate: Rotate,
  run: Run,
  scale: Scale,
  show: Show,
  signal: Signal,
  start: Start,
  status: Status,
  stop: Stop,
  watch: Watch,
}
