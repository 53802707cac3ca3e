"""The command `cisgrammar`: write a config, check and run it, look at its models."""
