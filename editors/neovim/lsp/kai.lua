-- What `vim.lsp.enable('kai')` of Neovim 0.11 and newer starts. With the plugin's own set-up this
-- happens by itself; `vim.lsp.config('kai', {...})` changes it as it does any server's.
return require('kai.config').server()
