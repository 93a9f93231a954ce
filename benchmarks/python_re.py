"""Looks for the same patterns with Python's re: python_re.py EXPORT_DIR"""

import json
import re
import sys
import time
import warnings

PASSES = 3
PATIENCE = 0.6  # seconds that a pass may take

warnings.simplefilter("ignore", FutureWarning)  # "[[" may mean more one day

directory = sys.argv[1]
with open(directory + "/folded.json", encoding="utf-8") as file:
    texts = json.load(file)
with open(directory + "/patterns.json", encoding="utf-8") as file:
    patterns = [re.compile(p, re.ASCII) for p in json.load(file)]


def run(some, limit):
    """Texts done and seconds of processor time spent."""
    done = 0
    begin = time.process_time()
    for text in some:
        for pattern in patterns:
            pattern.search(text)
        done += 1
        if time.process_time() - begin > limit:
            break
    return done, time.process_time() - begin


posts, _ = run(texts, PATIENCE)
rates = []
for _ in range(PASSES):
    done, spent = run(texts[:posts], 1e9)
    rates.append(done / spent)
rates.sort()
median = rates[PASSES // 2]
size = sum(len(text.encode()) for text in texts[:posts]) / posts
print("Python re, each pattern alone\t%.1f\t%.1f\t%.1f\t%.0f\t%d\t" %
      (median, rates[0], rates[-1], median * size, posts))
