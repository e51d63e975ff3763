import { usageError } from '../errors.js'
import { suggest } from '../suggest.js'
import { type CommandModule, configureCommand } from './index.js'

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .argument('[command]', 'the command to explain')
    .addHelpText(
      'after',
      '\n"git prolly --help" is answered by Git with the manual page; "git prolly help" always works.',
    )
    .action(async (name) => {
      const program = command.parent
      if (program === null) return
      if (name === undefined) {
        program.outputHelp()
        return
      }
      const topic = program.commands.find((candidate) => candidate.name() === name)
      if (topic === undefined) {
        const near = suggest(
          name,
          program.commands.map((candidate) => candidate.name()),
        )
        throw usageError(`there is no command "${name}"`, near && `did you mean "${near}"?`)
      }
      if (topic.name() !== command.name()) await configureCommand(topic, session)
      topic.outputHelp()
    })
}
