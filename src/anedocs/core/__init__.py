"""What every other package stands on: amounts, problems with a place, words for numbers, files."""
