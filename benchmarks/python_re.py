"""Looks for the same patterns with Python's re: python_re.py EXPORT_DIR"""

import json
import re
import sys
import time

PATIENCE = 10  # seconds

directory = sys.argv[1]
with open(directory + "/texts.json", encoding="utf-8") as file:
    texts = json.load(file)
with open(directory + "/patterns.json", encoding="utf-8") as file:
    patterns = [re.compile(p, re.ASCII) for p in json.load(file)]
begin = time.process_time()
done = size = 0
for text in texts:
    for pattern in patterns:
        pattern.search(text)
    done += 1
    size += len(text.encode())
    if time.process_time() - begin > PATIENCE:
        break
spent = time.process_time() - begin
print("  %-34s %12.0f posts/s %9.2f MB/s  (of %d posts)" % (
    "Python re, each atom alone", done / spent, size / spent / 1e6, done))
