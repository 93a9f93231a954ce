// Reads a JSON array of texts from standard input and writes an array of their
// VADER compound scores, -1 to 1: a baseline of `grumble rules eval`.
const fs = require('fs');
const {SentimentIntensityAnalyzer} = require('vader-sentiment');

const texts = JSON.parse(fs.readFileSync(0));
console.log(JSON.stringify(texts.map(
    (text) => SentimentIntensityAnalyzer.polarity_scores(text).compound)));
