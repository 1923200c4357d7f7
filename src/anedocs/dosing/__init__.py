"""From a weight to doses: the rule, the plausibility of the weight, the filled order set."""
