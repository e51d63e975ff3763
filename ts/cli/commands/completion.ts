import type { CommandModule } from './index.js'

const SCRIPTS = {
  bash: `# Bash begins a new word at characters that keys and options have, such as ":" and "=": the words as they were typed.
_git_prolly_typed() {
  local rest=$COMP_LINE index word
  typed=()
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if ((index > 0)) && [[ $rest != [[:space:]]* ]]; then
      typed[-1]+=$word
    else
      typed+=("$word")
      rest=\${rest#"\${rest%%[![:space:]]*}"}
    fi
    rest=\${rest#"$word"}
  done
}
_git_prolly_fill() {
  local last=\${!#} breaks=\${COMP_WORDBREAKS//[[:space:]\\"\\']/}
  mapfile -t COMPREPLY < <(git-prolly completion words -- "$@" 2>/dev/null)
  # It wants what follows the last of these characters.
  if [[ -n $breaks ]]; then COMPREPLY=("\${COMPREPLY[@]#"\${last%"\${last##*[$breaks]}"}"}"); fi
}
# Called by Git's own completion for "git prolly", which knows where the command stands and which "-C" stood before it.
_git_prolly() {
  local typed
  _git_prolly_typed
  _git_prolly_fill "\${__git_C_args[@]}" "\${typed[@]:\${__git_cmd_idx:-1}+1}"
}
_git_prolly_command() {
  local typed
  _git_prolly_typed
  _git_prolly_fill "\${typed[@]:1}"
}
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
Completes commands, options and their values, branches, tags, remotes, worktrees and keys. For bash, also as
"git prolly":
  $ git-prolly completion bash >> ~/.bash_completion`,
    )
    .action(async (shell, words) => {
      if (shell !== 'words') {
        session.output.write(SCRIPTS[shell as Shell])
        return
      }
      const { candidates } = await import('../candidates.js')
      if (command.parent === null) return
      for (const one of await candidates(words, command.parent, session)) session.output.line(one)
    })
}
