"""A chart of steps and arrows, laid out on a grid."""
