import { Flags } from '@oclif/core'
import { BootCommand, bootArgs, bootFlags } from '../cli/boot-command.ts'

export default class Disable extends BootCommand {
  static override summary = 'Have daemons not started at the boot any more: the way back of enable.'
  static override description = 'Removes exactly what enable has made. A daemon that runs goes on.'
  static override strict = false
  static override args = bootArgs
  static override flags = {
    ...bootFlags,
    'dry-run': Flags.boolean({ char: 'n', description: 'print what would be done, and do nothing' }),
  }
  static override examples = ['<%= config.bin %> disable myapp', '<%= config.bin %> disable myapp --root /mnt/image']

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Disable)
    await this.follow('disable', flags, argv.map(String))
  }
}
