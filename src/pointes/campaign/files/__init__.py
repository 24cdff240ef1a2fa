"""Files of a results folder: samples, classifiers, provenance, and the record of what the folder holds."""
