"""Standard site designs, equipment, the one-line model, its study and drawing. Imports nothing of ours."""
