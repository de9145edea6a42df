# What zsh's own completion offers for a line: the matches that compadd is given.
zmodload zsh/zpty || exit 1
zpty z zsh -f -i
() {
  zpty -w z "PS1= RPS1= PS2="
  zpty -w z "autoload -Uz compinit; compinit -u -D"
  zpty -w z "source <(kai completion zsh)"
  zpty -w z 'compadd() { local -a hits; builtin compadd -A hits "$@"; local hit; for hit in $hits; do print -r -- "<hit>$hit</hit>"; done; builtin compadd "$@" }'
  zpty -w z "show() { _main_complete; print '<end>'; exit }; zle -C show complete-word show; bindkey '^I' show"
  zpty -w z "print '<ready'\$((1))'>'"
  local line
  while zpty -r z line; do [[ $line == *'<ready1>'* ]] && break; done
  zpty -n -w z "$1"$'\t'
  while zpty -r z line; do
    print -r -- "$line"
    [[ $line == *'<end>'* ]] && break
  done
} "$1" | sed -n 's/.*<hit>\(.*\)<\/hit>.*/\1/p' | sort -u
