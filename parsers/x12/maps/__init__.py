"""Our table of X12 sets, segments, elements, codes and syntax notes, and the pyx12 maps generated from it."""
