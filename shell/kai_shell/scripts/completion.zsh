#compdef kai
# Completions of kai for zsh. Put this into ~/.zshrc, behind compinit:
#   source <(kai completion zsh)
# or save it as a file named _kai in a folder of $fpath.

_kai() {
  local context state state_descr line
  local -A opt_args
  _arguments -C \
    '--json[print one JSON object]' \
    '--again[pass the kept answers by]' \
    '--source=[who may answer]:source:(any builtin model)' \
    '--model=[the model for this request]:model: ' \
    '(-n --namespace)'{-n+,--namespace=}'[as if this were the current namespace]:namespace:' \
    '--context=[as if this were the current context]:context:' \
    '--batch=[requests from a file]:file:_files' \
    '--version[say the version]' \
    '(-h --help)'{-h,--help}'[say how it is used]' \
    '1: :_kai_commands' \
    '*:: :->rest'
  [[ $state == rest ]] || return
  case $words[1] in
    cache) _arguments '1:action:(stats clear forget)' ;;
    check)
      _arguments \
        '*--file[shell scripts]:script:_files' \
        '--batch=[commands from a file]:file:_files' \
        '--format=[how to say it]:form:(text json sarif github)' \
        '--json[the same as --format=json]' \
        '--fail-on=[the lowest tier that fails]:tier:(read write destructive forbidden)' \
        '--all[tell of what only reads, too]' \
        '--context=[judge as in this context]:context:' \
        '--help[say how it is used]' \
        '*:script:_kai_checked'
      ;;
    completion) _arguments '1:shell:(bash zsh fish)' ;;
    config)
      _arguments '1:action:(show get set path check)' '2:setting:_kai_settings'
      ;;
    policy)
      _arguments \
        '*--policies=[try this file in place of those in force]:file:_files' \
        '--json[print one JSON object a line]' \
        '1:action:(show test)' '2:file:_files'
      ;;
    daemon) _arguments '1:action:(start stop status logs)' ;;
    warmup)
      _arguments '--wait[return when everything is loaded]' '--status[only say what is loaded]' \
        '--quiet[say nothing]' '--json[print one JSON object]'
      ;;
    models)
      _arguments \
        '--json[print one JSON object]' \
        '--yes[ask nothing]' \
        '--fast[for simple requests only]' \
        '--quality[for hard requests only]' \
        '--from=[the model it is made of]:model:_kai_models' \
        '--print[print the Modelfile, make nothing]' \
        '1:action:(rm create use)' '2:model:_kai_models'
      ;;
    pull)
      _arguments '--force[even where the disk seems to be full]' \
        '1:model:(llama3.2\:3b qwen2.5-coder\:7b phi3\:14b)'
      ;;
    init)
      _arguments '--key=[the key]:key:' '--key2=[a second key]:key:' \
        '--uninstall[remove the file again]' '1:shell:(zsh)'
      ;;
    doctor)
      _arguments '--json[print one JSON object a line]' '--model[measure the model, too]'
      ;;
    history) _arguments '-n+[how many]:count:' '--json[print one JSON object a line]' ;;
    explain) _arguments '--json[print one JSON object]' '*:command:(kubectl)' ;;
  esac
}

_kai_commands() {
  local -a commands=(
    'check:how dangerous a command or a script is'
    'explain:a command in plain words'
    'history:what was asked and answered'
    'cache:the kept answers'
    'config:the settings'
    'policy:rules of your own'
    'models:the models there are, and which is asked'
    'pull:fetch a model for Ollama'
    'doctor:what is installed, what works, what to do'
    'init:a key that rewrites words on the command line'
    'warmup:load kai in the background'
    'daemon:the process that keeps kai loaded'
    'completion:completions for a shell'
  )
  _describe -t commands command commands
}

_kai_checked() {
  if ((${words[(I)--file]})); then _files; else compadd kubectl; fi
}

_kai_models() {
  # The names of the installed models: the first column up to the empty line.
  local -a models=(${${${(f)"$(command kai models 2>/dev/null | command sed -n '1d;/^$/q;p')"}}%% *})
  compadd -a models
}

_kai_settings() {
  local -a settings=(${${(f)"$(command kai config show 2>/dev/null)"}%% *})
  compadd -a settings
}

if [[ $funcstack[1] == _kai ]]; then
  _kai "$@"
else
  compdef _kai kai
fi
