"""Standard site designs, equipment, the one-line model, the electrical study and the drawing. Imports nothing of ours."""
