"""Which wire is wrong, is the power clean, and how sure are we: judging readings without a network. Pure."""
