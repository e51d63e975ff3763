import type { CommandModule } from './index.js'

const SCRIPTS = {
  bash: `# Keys have colons, at which bash would begin a new word.
COMP_WORDBREAKS=\${COMP_WORDBREAKS//:/}
_git_prolly_fill() {
  mapfile -t COMPREPLY < <(git-prolly completion words -- "\${COMP_WORDS[@]:$1:COMP_CWORD-$1+1}" 2>/dev/null)
}
# Called by Git's own completion for "git prolly".
_git_prolly() { _git_prolly_fill 2; }
_git_prolly_command() { _git_prolly_fill 1; }
complete -o bashdefault -o default -F _git_prolly_command git-prolly
`,
  zsh: `#compdef git-prolly
_git_prolly_command() {
  local -a candidates
  candidates=(\${(f)"$(git-prolly completion words -- \${words[2,CURRENT]} 2>/dev/null)"})
  if (( \${#candidates} )); then compadd -a candidates; else _files; fi
}
compdef _git_prolly_command git-prolly
`,
  fish: `complete -c git-prolly -a '(git-prolly completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
}

type Shell = keyof typeof SCRIPTS

export const configure: CommandModule['configure'] = (command, session) => {
  command
    .addArgument(command.createArgument('<shell>', 'the shell').choices([...Object.keys(SCRIPTS), 'words']))
    .argument('[words...]', 'for the scripts: the words typed so far')
    .addHelpText(
      'after',
      `
Completes commands, options, branches and keys. For bash, also as "git prolly":
  $ git-prolly completion bash >> ~/.bash_completion`,
    )
    .action(async (shell, words) => {
      if (shell !== 'words') {
        session.output.write(SCRIPTS[shell as Shell])
        return
      }
      const { candidates } = await import('../candidates.js')
      for (const candidate of await candidates(words, command.parent?.commands ?? [], session)) {
        session.output.line(candidate)
      }
    })
}
