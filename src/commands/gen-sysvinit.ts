import { GenerateCommand, generateArgs, generateFlags } from '../cli/generate-command.ts'

export default class GenSysvinit extends GenerateCommand {
  static override aliases = ['gen-sysv']
  static override summary = 'Make init scripts for sysvinit.'
  static override description =
    "One POSIX script with LSB's and chkconfig's headers, which needs neither daemonctl nor a distribution's library."
  static override strict = false
  static override args = generateArgs
  static override flags = generateFlags
  static override examples = [
    '<%= config.bin %> gen-sysvinit myapp --output /etc/init.d/',
    '<%= config.bin %> gen-sysvinit myapp --explain',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(GenSysvinit)
    await this.make('sysvinit', flags, argv.map(String))
  }
}
