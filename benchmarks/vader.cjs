// Scores the same texts with VADER on node: node vader.cjs EXPORT_DIR
const fs = require('fs');
const {SentimentIntensityAnalyzer} = require('vader-sentiment');

const kPatience = 10e6;  // microseconds
const seconds = () => {
  const {user, system} = process.cpuUsage();
  return user + system;
};
const texts = JSON.parse(fs.readFileSync(process.argv[2] + '/texts.json'));
for (const text of texts.slice(0, 500)) {
  SentimentIntensityAnalyzer.polarity_scores(text);
}
const begin = seconds();
let done = 0;
let size = 0;
for (const text of texts) {
  SentimentIntensityAnalyzer.polarity_scores(text);
  ++done;
  size += Buffer.byteLength(text);
  if (seconds() - begin > kPatience) break;
}
const spent = (seconds() - begin) / 1e6;
console.log(`  ${'VADER on node, one score a text'.padEnd(34)} ` +
            `${(done / spent).toFixed(0).padStart(12)} posts/s ` +
            `${(size / spent / 1e6).toFixed(2).padStart(9)} MB/s  ` +
            `(of ${done} posts)`);
