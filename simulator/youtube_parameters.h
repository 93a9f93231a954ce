#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/http.h"

/// Single parameters of the YouTube API, its page tokens and its errors.
namespace grumble::simulator {

struct YoutubeError {
  int status = 400;
  std::string_view reason{};
  std::string_view domain = "youtube.parameter";
  std::string message{};
  std::string location{};     ///< a parameter; left out when empty
  std::string_view code{};    ///< google.rpc status, left out when empty
  std::string_view detail{};  ///< reason in `details`, left out when empty
};

Response render(const YoutubeError& error);
inline Refusal refuse(const YoutubeError& error) { return {render(error)}; }

/// The checked `part`. Throws Refusal when it is missing or not in `allowed`.
class Parts {
 public:
  Parts(const Target& target, const std::vector<std::string_view>& allowed);
  bool has(std::string_view name) const;

 private:
  std::vector<std::string> names_;
};

/// Throws Refusal for a parameter that is neither common nor in `own`.
void check_youtube_parameters(const Target& target,
                              const std::vector<std::string_view>& own);

size_t max_results(const Target& target, size_t fallback, size_t least,
                   size_t most);

/// The first of `allowed` when the parameter was not sent.
std::string choice(const Target& target, const char* name,
                   const std::vector<std::string>& allowed);

/// The one filter of `filters` that was sent; Refusal when none or several.
std::string_view only_filter(const Target& target,
                             const std::vector<std::string_view>& filters);

/// An encoded offset, as search and playlists use it: 10 is CAoQAA.
std::string offset_token(size_t offset, bool backward);
size_t parse_offset_token(const Target& target);

/// Stands for the last item of a page, so that items that arrive in front of
/// it move nothing. `scope` is what must stay the same from page to page.
std::string item_token(const std::string& scope, const std::string& item);
/// The item, or empty without a token. Throws Refusal for a wrong one.
std::string parse_item_token(const Target& target, const std::string& scope);

}  // namespace grumble::simulator
