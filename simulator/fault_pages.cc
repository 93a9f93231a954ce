#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "simulator/fault_kind.h"
#include "simulator/text.h"
#include "simulator/x_dialect.h"
#include "simulator/x_render.h"
#include "simulator/youtube.h"

namespace grumble::simulator {
namespace {

namespace json = boost::json;

/// A page of either site, taken apart.
class OpenPage {
 public:
  explicit OpenPage(const Occasion& at)
      : at_(at), youtube_(YoutubeApi::serves(at.target.path())) {
    json::error_code error;
    value_ = json::parse(at.response.body, error);
    readable_ = !error && at.response.status == 200 && value_.is_object();
  }

  /// Null when it is no page or has none.
  json::array* items() {
    if (!readable_) return nullptr;
    json::value* const items =
        value_.get_object().if_contains(youtube_ ? "items" : "data");
    return items != nullptr && items->is_array() ? &items->get_array()
                                                 : nullptr;
  }

  json::object& root() { return value_.get_object(); }

  /// Null when this is the last page.
  json::string* token() {
    json::object* home = readable_ ? &root() : nullptr;
    if (home != nullptr && !youtube_) {
      json::value* const meta = home->if_contains("meta");
      home = meta != nullptr ? meta->if_object() : nullptr;
    }
    if (home == nullptr) return nullptr;
    json::value* const token =
        home->if_contains(youtube_ ? "nextPageToken" : "next_token");
    return token != nullptr ? token->if_string() : nullptr;
  }

  bool youtube() const { return youtube_; }

  void close() { at_.response.body = json::serialize(value_); }

 private:
  const Occasion& at_;
  bool youtube_;
  bool readable_ = false;
  json::value value_;
};

std::string id_of(const json::value& item) {
  const json::object* const object = item.if_object();
  const json::value* id =
      object != nullptr ? object->if_contains("id") : nullptr;
  if (id != nullptr && id->is_object())
    id = id->get_object().if_contains("videoId");
  return id != nullptr && id->is_string() ? std::string(id->get_string()) : "";
}

/// From then on every page leads back to the first token that was seen.
bool token_loop(const Occasion& at) {
  OpenPage page(at);
  json::string* const token = page.token();
  if (token == nullptr) return false;
  if (at.memory.token.empty()) {
    at.memory.token = *token;
    return false;
  }
  *token = at.memory.token;
  page.close();
  return true;
}

/// The page that this rule has seen first, in the place of a later one.
bool page_repeat(const Occasion& at) {
  OpenPage page(at);
  if (page.items() == nullptr) return false;
  if (at.memory.body.empty()) {
    at.memory.body = at.response.body;
    at.memory.shown = at.response.shown;
    return false;
  }
  at.response.body = at.memory.body;
  at.response.shown = at.memory.shown;
  return true;
}

bool shuffle(const Occasion& at) {
  OpenPage page(at);
  json::array* const items = page.items();
  if (items == nullptr || items->size() < 2) return false;
  for (size_t left = items->size(); left > 1; --left) {
    const uint64_t draw =
        stable_hash(std::to_string(at.dice) + " swap " + std::to_string(left));
    std::swap((*items)[left - 1], (*items)[draw % left]);
  }
  page.close();
  return true;
}

bool duplicate(const Occasion& at) {
  OpenPage page(at);
  json::array* const items = page.items();
  if (items == nullptr || items->empty()) return false;
  json::value copy = (*items)[at.dice % items->size()];
  items->push_back(std::move(copy));
  page.close();
  return true;
}

/// An error about something that the page refers to, beside the data.
bool partial_error(const Occasion& at) {
  OpenPage page(at);
  if (page.youtube() || page.items() == nullptr) return false;
  json::value& errors = page.root()["errors"];
  if (!errors.is_array()) errors = json::array();
  errors.as_array().push_back(not_found(kTweetWords, "tweet",
                                        "referenced_tweets.id",
                                        std::to_string(at.dice >> 2)));
  page.close();
  return true;
}

/// Ways in which an item can be unfit; its id can still be told where the
/// damage leaves it.
void damage(json::value& item, uint64_t dice, bool youtube) {
  const std::string where = youtube ? "snippet" : "text";
  switch (dice % 6) {
    case 0:
      item.as_object().erase(where);
      break;
    case 1:
      item.as_object()[where] = nullptr;
      break;
    case 2:
      item.as_object()[where] = json::array{1, 2};
      break;
    case 3:
      item.as_object()["id"] = "not an id";
      break;
    case 4:
      item = "a string where an object should be";
      break;
    default:
      item.as_object().erase("id");
  }
}

bool malformed(const Occasion& at) {
  OpenPage page(at);
  json::array* const items = page.items();
  if (items == nullptr || items->empty()) return false;
  json::value& item = (*items)[at.dice % items->size()];
  if (!item.is_object()) return false;
  const std::string id = id_of(item);
  damage(item, at.dice / items->size(), page.youtube());
  std::erase(at.response.shown, id);
  at.response.broken.push_back(id);
  page.close();
  return true;
}

bool wrong_encoding(const Occasion& at) {
  at.response.set_header("content-encoding", "gzip");
  at.response.shown.clear();
  return true;
}

bool packed_twice(const Occasion& at) {
  at.response.body = gzip(gzip(at.response.body));
  at.response.set_header("content-encoding", "gzip");
  at.response.shown.clear();
  return true;
}

constexpr std::array kKinds = {
    FaultKind{"token-loop", " ", "the next token leads back to an earlier page",
              token_loop},
    FaultKind{"page-repeat", " ", "an earlier page comes again", page_repeat},
    FaultKind{"shuffle", " ", "the items in any order", shuffle},
    FaultKind{"duplicate", " ", "one item twice", duplicate},
    FaultKind{"partial-error", " ", "X: an error beside the data",
              partial_error},
    FaultKind{"malformed", " ", "one item that is unfit", malformed},
    FaultKind{"wrong-encoding", " ", "said to be gzip, and is not",
              wrong_encoding},
    FaultKind{"packed-twice", " ", "gzip within gzip", packed_twice},
};

}  // namespace

std::span<const FaultKind> page_faults() { return kKinds; }

}  // namespace grumble::simulator
