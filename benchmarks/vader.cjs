// Scores the same texts with VADER on node: node vader.cjs EXPORT_DIR
const fs = require('fs');
const {SentimentIntensityAnalyzer} = require('vader-sentiment');

const kPasses = 3;
const kPatience = 0.6;  // seconds that a pass may take

/** Seconds of processor time. */
function seconds() {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Texts done and seconds spent. */
function run(texts, limit) {
  const begin = seconds();
  let done = 0;
  for (const text of texts) {
    SentimentIntensityAnalyzer.polarity_scores(text);
    ++done;
    if (done % 16 === 0 && seconds() - begin > limit) break;
  }
  return [done, seconds() - begin];
}

const all = JSON.parse(fs.readFileSync(process.argv[2] + '/texts.json'));
run(all, kPatience);  // until the compiler has seen it all
const texts = all.slice(0, run(all, kPatience)[0]);
const rates = [];
for (let pass = 0; pass < kPasses; ++pass) {
  const [done, spent] = run(texts, Infinity);
  rates.push(done / spent);
}
rates.sort((a, b) => a - b);
const median = rates[Math.floor(kPasses / 2)];
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
console.log([
  'VADER on node, one score a text', median.toFixed(1), rates[0].toFixed(1),
  rates[kPasses - 1].toFixed(1), (median * bytes / texts.length).toFixed(0),
  texts.length, ''].join('\t'));
