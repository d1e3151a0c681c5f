"""Model workshop: path-traced targets, training, evaluation and export of the relighting network."""
