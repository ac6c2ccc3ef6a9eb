import { Flags } from '@oclif/core'
import { BootCommand, bootArgs, bootFlags } from '../cli/boot-command.ts'

export default class Enable extends BootCommand {
  static override summary = 'Have daemons started at the boot, by the init of this host.'
  static override description =
    'Writes what the init runs, and calls its tool: systemctl, update-rc.d, chkconfig, insserv, rc-update; else it makes the links itself. Says what was done. A file that daemonctl has not made is never replaced.'
  static override strict = false
  static override args = bootArgs
  static override flags = {
    ...bootFlags,
    'dry-run': Flags.boolean({ char: 'n', description: 'print what would be done, and do nothing' }),
  }
  static override examples = ['<%= config.bin %> enable myapp', '<%= config.bin %> enable myapp --root /mnt/image']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Enable)
    await this.follow('enable', flags, argv.map(String))
  }
}
