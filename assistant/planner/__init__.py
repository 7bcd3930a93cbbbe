"""The lexicon planner: a question explained word by word."""
