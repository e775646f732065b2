"""The verbs of the hall, one file each. Every function takes the viewer first and checks what they may do."""
