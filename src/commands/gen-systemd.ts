import { Flags } from '@oclif/core'
import { failure } from '../base/failure.ts'
import { GenerateCommand, generateArgs, generateFlags } from '../cli/generate-command.ts'
import { DEFAULT_OPTIONS, HARDENINGS } from '../generate/options.ts'
import { systemdVersion } from '../host/systemd-version.ts'

export default class GenSystemd extends GenerateCommand {
  static override summary = 'Make units by which systemd runs daemons.'
  static override description =
    'systemd runs the program itself, not through daemonctl. Instances of one definition become a template unit; ' +
    'NAME@ asks for it by name.'
  static override strict = false
  static override args = generateArgs
  static override flags = {
    ...generateFlags,
    'systemd-version': Flags.integer({
      description: "the systemd that is to read it; without it the host's own",
      helpValue: 'N',
      min: 200,
      max: 999,
    }),
    hardening: Flags.option({
      description: 'how much the daemon is confined',
      options: HARDENINGS,
      default: DEFAULT_OPTIONS.hardening,
    })(),
    writable: Flags.string({
      description: 'with --hardening strict: a directory that it may write; may be given several times',
      helpValue: 'PATH',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'user-manager': Flags.boolean({ aliases: ['user'], description: "for a user's own manager, systemctl --user" }),
    'log-to': Flags.option({
      description: 'where output goes: the journal, the files of the definition, or files only where it names them',
      options: ['auto', 'journal', 'files'] as const,
      default: DEFAULT_OPTIONS.logTo,
    })(),
    'notify-reload': Flags.boolean({
      description: 'the daemon says RELOADING=1: a reload waits for it, from systemd 253 on',
    }),
  }
  static override examples = [
    '<%= config.bin %> gen-systemd myapp',
    '<%= config.bin %> gen-systemd myapp --output /etc/systemd/system/',
    '<%= config.bin %> gen-systemd myapp --explain',
  ]

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(GenSystemd)
    const strange = flags.writable?.find((path) => !path.startsWith('/'))
    if (strange !== undefined) {
      const terminal = this.terminal(flags.quiet)
      const reason = failure('usage', 'generating', `--writable ${strange} is not an absolute path`)
      return this.finish(this.fail(reason, { json: flags.json, terminal }))
    }
    await this.make('systemd', flags, argv.map(String), {
      systemdVersion: flags['systemd-version'] ?? systemdVersion() ?? DEFAULT_OPTIONS.systemdVersion,
      hardening: flags.hardening,
      writable: flags.writable ?? [],
      userManager: flags['user-manager'],
      logTo: flags['log-to'],
      notifyReload: flags['notify-reload'],
    })
  }
}
