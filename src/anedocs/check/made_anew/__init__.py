"""Each finished file against the one that is made anew: any change is found."""
