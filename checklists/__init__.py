"""From a site design to work to be done, and the rules for judging and merging that work."""
