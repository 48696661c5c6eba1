"""The pages of the sandbox: static, the same in every workspace, and free of any outside host."""
