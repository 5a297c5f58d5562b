// Each script passes the words of the command line as they are, one argument each, and evaluates none of them.
// The first line that comes back is "files" if names of files fit as well; the others are candidates, each with
// a tab and its description.

const bash = String.raw`# Completion of lookalike for bash
_lookalike() {
  local line kind current="${'$'}{COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  {
    read -r kind || return
    while IFS= read -r line; do COMPREPLY+=("${'$'}{line%%$'\t'*}"); done
  } < <(lookalike complete -- "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ $kind == files ]]; then
    compopt -o filenames 2>/dev/null
    [[ $current == = ]] && current=
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
  fi
}
complete -F _lookalike lookalike
`;

const zsh = String.raw`#compdef lookalike
# Completion of lookalike for zsh
_lookalike() {
  local -a lines candidates
  local line
  lines=("${'$'}{(@f)$(lookalike complete -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${'$'}{(@)lines[2,-1]}"; do
    candidates+=("${'$'}{${'$'}{line%%$'\t'*}//:/\\:}:${'$'}{line#*$'\t'}")
  done
  (( $#candidates )) && _describe lookalike candidates
  if [[ $lines[1] == files ]]; then
    compset -P '*='
    _files
  fi
}
if [[ $funcstack[1] == _lookalike ]]; then
  _lookalike "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _lookalike lookalike
fi
`;

const fish = String.raw`# Completion of lookalike for fish
function __lookalike_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (lookalike complete -- $words[2..-1] 2>/dev/null)
  for line in $lines[2..-1]
    echo $line
  end
  if test "$lines[1]" = files
    __fish_complete_path (commandline -ct)
  end
end
complete -c lookalike -f -a '(__lookalike_complete)'
`;

/** A script for each shell, to be read when the shell starts. */
export const SCRIPTS = { bash, zsh, fish } as const;
