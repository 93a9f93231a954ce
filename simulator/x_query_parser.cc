#include <algorithm>
#include <array>

#include "simulator/http.h"
#include "simulator/x_query_node.h"

namespace grumble::simulator {
namespace {

using Node = Query::Node;

struct OperatorName {
  std::string_view name;
  Operator op;
  bool alone;  ///< may stand without another clause
};

constexpr std::array kOperators = {
    OperatorName{"from", Operator::from, true},
    OperatorName{"to", Operator::to, true},
    OperatorName{"url", Operator::url, true},
    OperatorName{"conversation_id", Operator::conversation, true},
    OperatorName{"in_reply_to_tweet_id", Operator::in_reply_to, true},
    OperatorName{"quotes_of_tweet_id", Operator::quotes_of, true},
    OperatorName{"retweets_of", Operator::no_data, true},
    OperatorName{"retweets_of_tweet_id", Operator::no_data, true},
    OperatorName{"context", Operator::no_data, true},
    OperatorName{"entity", Operator::no_data, true},
    OperatorName{"list", Operator::no_data, true},
    OperatorName{"place", Operator::no_data, true},
    OperatorName{"place_country", Operator::no_data, true},
    OperatorName{"point_radius", Operator::no_data, true},
    OperatorName{"bounding_box", Operator::no_data, true},
    OperatorName{"lang", Operator::lang, false},
    OperatorName{"is", Operator::is, false},
    OperatorName{"has", Operator::has, false},
    OperatorName{"min_likes", Operator::min_likes, false},
    OperatorName{"min_replies", Operator::min_replies, false},
    OperatorName{"min_reposts", Operator::min_reposts, false},
};

constexpr std::array<std::string_view, 5> kIs = {"retweet", "reply", "quote",
                                                 "verified", "nullcast"};
constexpr std::array<std::string_view, 9> kHas = {
    "hashtags", "cashtags",   "links",  "mentions", "media",
    "images",   "video_link", "videos", "geo"};

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::unique_ptr<Node> parse() {
    auto root = any_of();
    if (!rest_.empty()) {
      throw QueryError("missing opening parenthesis before " +
                       in_quotes(rest_));
    }
    return root;
  }

 private:
  void skip_spaces() {
    const size_t start = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(start == rest_.npos ? rest_.size() : start);
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool at_or() const {
    return rest_.substr(0, 2) == "OR" &&
           (rest_.size() == 2 || std::string_view(" \t\n()\"").find(rest_[2]) !=
                                     std::string_view::npos);
  }

  std::unique_ptr<Node> any_of() {
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::any_of;
    do {
      node->children.push_back(all_of());
    } while (take_or());
    return node->children.size() == 1 ? std::move(node->children.front())
                                      : std::move(node);
  }

  bool take_or() {
    skip_spaces();
    if (!at_or()) return false;
    rest_.remove_prefix(2);
    return true;
  }

  std::unique_ptr<Node> all_of() {
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::all_of;
    for (;;) {
      skip_spaces();
      if (rest_.empty() || rest_.front() == ')' || at_or()) break;
      node->children.push_back(clause());
    }
    if (node->children.empty()) {
      throw QueryError(rest_.empty()
                           ? "no viable alternative at the end of the query"
                           : "no viable alternative at " + in_quotes(rest_));
    }
    return node->children.size() == 1 ? std::move(node->children.front())
                                      : std::move(node);
  }

  std::unique_ptr<Node> clause() {
    constexpr int kDeepest = 64;
    const bool negated = take('-');
    if (take('(')) {
      if (negated) {
        throw QueryError(
            "a group cannot be negated: negate each of its clauses instead");
      }
      if (++depth_ > kDeepest) throw QueryError("too many parentheses");
      auto group = any_of();
      if (!take(')')) throw QueryError("missing closing parenthesis");
      --depth_;
      return group;
    }
    auto node = rest_.empty() ? nullptr : leaf();
    if (node == nullptr) throw QueryError("a '-' stands alone");
    node->negated = negated;
    if (node->op == Operator::is && node->value == "nullcast" && !negated) {
      throw QueryError("'is:nullcast' must be negated");
    }
    return node;
  }

  std::unique_ptr<Node> leaf() {
    auto node = std::make_unique<Node>();
    if (rest_.front() == '"') {
      set_words(*node, quotation());
      return node;
    }
    const size_t end = rest_.find_first_of(" \t\r\n()\"");
    std::string_view word = rest_.substr(0, end);
    if (word.empty()) return nullptr;
    const size_t colon = word.find(':');
    const bool named =
        colon != word.npos && colon > 0 &&
        word.substr(0, colon).find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") ==
            word.npos;
    if (named) {
      rest_.remove_prefix(colon + 1);
      set_operator(*node, lower_ascii(word.substr(0, colon)), argument());
      return node;
    }
    rest_.remove_prefix(word.size());
    if (word == "and" || word == "AND" || word == "or") {
      throw QueryError("ambiguous use of " + in_quotes(word) +
                       " as a keyword: a space joins clauses, OR offers a "
                       "choice, quotes search for the word itself");
    }
    set_tag_or_words(*node, word);
    return node;
  }

  std::string quotation() {
    const size_t end = rest_.find('"', 1);
    if (end == rest_.npos) throw QueryError("missing closing quote");
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }

  std::string argument() {
    if (rest_.empty()) return {};
    if (rest_.front() == '"') return quotation();
    if (rest_.front() == '[') {
      const size_t end = rest_.find(']');
      if (end == rest_.npos) throw QueryError("missing closing bracket");
      std::string text(rest_.substr(1, end - 1));
      rest_.remove_prefix(end + 1);
      return text;
    }
    const size_t end = std::min(rest_.find_first_of(" \t\r\n()"), rest_.size());
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return text;
  }

  static void set_words(Node& node, std::string_view text) {
    node.needle = fold_words(to_code_points(text));
    if (node.needle.size() < 2) {
      throw QueryError("no word to search for in " + in_quotes(text));
    }
  }

  static void set_tag_or_words(Node& node, std::string_view word) {
    const char sign = word.front();
    if (word.size() > 1 && (sign == '#' || sign == '@' || sign == '$')) {
      node.op = sign == '#'   ? Operator::hashtag
                : sign == '@' ? Operator::mention
                              : Operator::cashtag;
    }
    set_words(node, word);
  }

  static void set_operator(Node& node, const std::string& name,
                           const std::string& value) {
    const auto* const found =
        std::find_if(kOperators.begin(), kOperators.end(),
                     [&](const OperatorName& o) { return o.name == name; });
    if (found == kOperators.end()) {
      throw QueryError("reference to invalid operator " + in_quotes(name) +
                       ": it is not available for this product");
    }
    if (value.empty())
      throw QueryError(in_quotes(name + ":") + " needs a value");
    node.op = found->op;
    node.alone = found->alone;
    node.value = lower_ascii(value);
    if (node.value.front() == '@') node.value.erase(0, 1);
    check_value(node, name);
  }

  static void check_value(Node& node, const std::string& name) {
    const auto known = [&](const auto& names) {
      if (std::find(names.begin(), names.end(), node.value) == names.end()) {
        throw QueryError("reference to invalid operator " +
                         in_quotes(name + ":" + node.value));
      }
    };
    if (node.op == Operator::is) known(kIs);
    if (node.op == Operator::has) known(kHas);
    if (node.op == Operator::url) set_words(node, node.value);
    const bool number =
        node.op == Operator::conversation || node.op == Operator::in_reply_to ||
        node.op == Operator::quotes_of || node.op == Operator::min_likes ||
        node.op == Operator::min_replies || node.op == Operator::min_reposts;
    if (!number) return;
    const auto parsed = parse_number(node.value);
    if (!parsed || *parsed < 0) {
      throw QueryError(in_quotes(name + ":") + " needs a number, not " +
                       in_quotes(node.value));
    }
    node.number = *parsed;
  }

  std::string_view rest_;
  int depth_ = 0;
};

}  // namespace

std::unique_ptr<Query::Node> parse_query(std::string_view text) {
  auto root = Parser(text).parse();
  if (!root->stands_alone()) {
    throw QueryError(
        "each alternative needs at least one positive clause that can stand "
        "alone, such as a keyword");
  }
  return root;
}

}  // namespace grumble::simulator
