// The help of daemonctl and of each command as oclif shows it where there is no terminal: 80 columns and no colours.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Config, Help } from '@oclif/core'

/** Stands for `daemonctl/VERSION PLATFORM-ARCH node-VERSION`, which only the run knows. */
export const USER_AGENT = '<user agent>'

/** By the id of the command; `''`: of daemonctl itself. From the manifest, as src/cli/oclif.ts does at run time. */
export async function helpTexts(root) {
  const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { commands } = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'))
  const pjson = { ...packageJson, oclif: { ...packageJson.oclif, topicSeparator: ' ', plugins: [] } }
  const { name, version } = packageJson
  const plugin = {
    pjson,
    name,
    version,
    root,
    isRoot: true,
    valid: true,
    type: 'core',
    hooks: {},
    topics: [],
    options: { root },
    commandIDs: Object.keys(commands),
    commands: Object.values(commands).map((command) => ({ ...command, pluginName: name, pluginType: 'core' })),
  }
  process.env.DAEMONCTL_DISABLE_THEME = '1'
  const config = await Config.load({ root, pjson, plugins: new Map([[name, plugin]]) })
  config.userAgent = USER_AGENT
  const texts = {}
  for (const id of ['', ...Object.keys(commands)]) texts[id] = await shown(config, id === '' ? [] : [id])
  return texts
}

async function shown(config, argv) {
  let text = ''
  class Shown extends Help {
    log(...args) {
      text += `${args.join(' ')}\n`
    }
  }
  await new Shown(config, { stripAnsi: true, maxWidth: 80 }).showHelp(argv)
  return text
}
