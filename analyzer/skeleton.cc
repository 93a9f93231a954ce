#include "analyzer/skeleton.h"

#include <re2/re2.h>

#include <algorithm>

namespace grumble::analyzer {
namespace {

bool has(const Side& side, size_t model) {
  return std::any_of(side.begin(), side.end(),
                     [&](const Party& one) { return one.model == model; });
}

}  // namespace

Side Cast::group(size_t group) const {
  Side side;
  for (size_t i = group; i < mentions.size(); ++i) {
    if (mentions[i].group != group) break;
    side.push_back({mentions[i].model, i});
  }
  return side;
}

Side Cast::context(const Side& side) const {
  if (around.size() != 1 || has(side, around.front())) return {};
  return {{around.front(), std::nullopt}};
}

Side Cast::others(const Side& side) const {
  Side rest;
  for (size_t i = 0; i < mentions.size(); ++i) {
    const size_t model = mentions[i].model;
    if (!has(side, model) && !has(rest, model)) rest.push_back({model, i});
  }
  for (size_t model : around) {
    if (!has(side, model) && !has(rest, model)) {
      rest.push_back({model, std::nullopt});
    }
  }
  return rest;
}

Side without(Side side, const Side& other) {
  std::erase_if(side, [&](const Party& one) { return has(other, one.model); });
  return side;
}

bool meet(const Side& a, const Side& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const Party& one) { return has(b, one.model); });
}

Skeleton::Skeleton(std::string_view text, Span part, const Cast& cast)
    : whole_(text), at_(part.begin) {
  const auto& mentions = cast.mentions;
  const auto first = std::lower_bound(
      mentions.begin(), mentions.end(), part.begin,
      [](const Mention& one, size_t place) { return one.span.begin < place; });
  auto i = static_cast<size_t>(first - mentions.begin());
  put_pronoun(part, i, cast);
  for (; i < mentions.size() && mentions[i].span.begin < part.end; ++i) {
    const Mention& mention = mentions[i];
    if (mention.group == i || sides_.empty()) {
      put(mention.span.begin, cast.group(mention.group));
    }
    at_ = mention.span.end;
  }
  copy_to(part.end);
  steps_.emplace_back(text_.size(), part.end);
}

void Skeleton::copy_to(size_t end) {
  if (end <= at_) return;
  steps_.emplace_back(text_.size(), at_);
  text_ += whole_.substr(at_, end - at_);
  at_ = end;
}

void Skeleton::put(size_t begin, Side side) {
  copy_to(begin);
  sides_.emplace_back(text_.size(), std::move(side));
  steps_.emplace_back(text_.size(), begin);
  text_ += 'M';
}

// "It is worse than B" speaks of what the sentence before named.
void Skeleton::put_pronoun(Span part, size_t next, const Cast& cast) {
  static const RE2 pronoun(
      R"(\s*(?:and |but |honestly,? |imo,? |yeah,? |yes,? |nah,? |plus,? )?(it|it's|its|this one|this|they|they're|that one)\b)");
  re2::StringPiece rest(whole_.data() + part.begin, part.end - part.begin);
  re2::StringPiece word;
  const char* begin = rest.data();
  if (!RE2::Consume(&rest, pronoun, &word)) return;
  const auto offset = [&](const char* at) {
    return part.begin + static_cast<size_t>(at - begin);
  };
  const auto& mentions = cast.mentions;
  if (next < mentions.size() && mentions[next].span.begin < offset(rest.data()))
    return;
  Side side =
      next > 0 ? cast.group(mentions[next - 1].group) : cast.context({});
  if (side.empty()) return;
  put(offset(word.data()), std::move(side));
  at_ = offset(rest.data());
}

const Side& Skeleton::side_at(size_t at) const {
  static const Side kNobody;
  const auto place = std::lower_bound(
      sides_.begin(), sides_.end(), at,
      [](const auto& one, size_t value) { return one.first < value; });
  return place == sides_.end() || place->first != at ? kNobody : place->second;
}

Side Skeleton::before(size_t at, const Side& side) const {
  for (auto one = sides_.rbegin(); one != sides_.rend(); ++one) {
    if (one->first >= at) continue;
    if (Side rest = without(one->second, side); !rest.empty()) return rest;
  }
  return {};
}

size_t Skeleton::original(size_t at) const {
  auto step = std::upper_bound(
      steps_.begin(), steps_.end(), at,
      [](size_t value, const auto& one) { return value < one.first; });
  if (step == steps_.begin()) return at;
  --step;
  return step->second + (at - step->first);
}

}  // namespace grumble::analyzer
