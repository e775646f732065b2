"""The format of device profile files: keys, rules, faults, and commands around them."""
