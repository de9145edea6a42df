# shellcheck shell=bash
# Completions of kai for bash. Put this into ~/.bashrc:
#   source <(kai completion bash)

# The names of the installed models.
_kai_models() {
  command kai models 2>/dev/null | command sed -n '1d;/^$/q;s/ .*//p'
}

_kai() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' index choices
  # bash splits --source=any at the "=".
  if [[ $word == '=' ]]; then
    word=''
  elif [[ $previous == '=' && $COMP_CWORD -gt 1 ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    case ${COMP_WORDS[index]} in
      -n | --namespace | --context | --source | --model | --batch) ((index++)) ;;
      -*) ;;
      *)
        command=${COMP_WORDS[index]}
        break
        ;;
    esac
  done
  COMPREPLY=()
  case $previous in
    --source) choices='any builtin model' ;;
    --format) choices='text json sarif github' ;;
    --fail-on) choices='read write destructive forbidden' ;;
    --batch)
      compopt -o default 2>/dev/null
      return
      ;;
    -n | --namespace | --context) return ;;
    *)
      case $command in
        '') choices='cache check completion config daemon doctor explain history init models policy pull warmup --json --again --source --model --namespace --context --batch --version --help' ;;
        check)
          choices='kubectl --file --batch --format --json --fail-on --all --context --help'
          if [[ $word != -* && " ${COMP_WORDS[*]} " == *' --file '* ]]; then
            compopt -o default 2>/dev/null
            return
          fi
          ;;
        cache) choices='stats clear forget --help' ;;
        completion) choices='bash zsh fish --help' ;;
        config)
          choices='show get set path check --help'
          if [[ $previous == get || $previous == set ]]; then
            choices=$(command kai config show 2>/dev/null | command sed 's/ .*//')
          fi
          ;;
        policy)
          choices='show test --policies --json --help'
          if [[ $word != -* && " ${COMP_WORDS[*]} " == *' test '* ]]; then
            compopt -o default 2>/dev/null
            return
          fi
          ;;
        daemon) choices='start stop status logs --help' ;;
        warmup) choices='--wait --status --quiet --json --help' ;;
        models)
          choices='rm create use --json --help'
          case " ${COMP_WORDS[*]} " in
            *' rm '*) choices="--yes --help $(_kai_models)" ;;
            *' use '*) choices="--fast --quality --help auto $(_kai_models)" ;;
            *' create '*) choices="--from --print --help $(_kai_models)" ;;
          esac
          ;;
        pull) choices='llama3.2:3b qwen2.5-coder:7b phi3:14b --force --help' ;;
        init) choices='zsh --key --key2 --uninstall --help' ;;
        doctor) choices='--model --json --help' ;;
        history) choices='-n --json --help' ;;
        explain) choices='kubectl --json --help' ;;
        *) return ;;
      esac
      ;;
  esac
  # bash splits names of models at their ":" and puts in only what is behind the last one.
  local before=''
  index=$COMP_CWORD
  while ((index > 1)) && [[ ${COMP_WORDS[index]} == ':' || ${COMP_WORDS[index - 1]} == ':' ]]; do
    ((index--))
    before=${COMP_WORDS[index]}$before
  done
  if [[ $word == ':' ]]; then
    before=$before:
    word=''
  fi
  while IFS='' read -r index; do
    COMPREPLY+=("${index#"$before"}")
  done < <(compgen -W "$choices" -- "$before$word")
}

complete -F _kai kai
