#include "domain/finding.h"

#include <array>
#include <utility>

#include "domain/names.h"

namespace grumble::domain {
namespace {

constexpr std::array kPolarities = {
    std::pair{Polarity::complaint, std::string_view("complaint")},
    std::pair{Polarity::praise, std::string_view("praise")},
    std::pair{Polarity::request, std::string_view("request")},
    std::pair{Polarity::question, std::string_view("question")},
    std::pair{Polarity::resolved, std::string_view("resolved")},
};
constexpr std::array kScopes = {
    std::pair{Scope::clause, std::string_view("clause")},
    std::pair{Scope::text, std::string_view("text")},
    std::pair{Scope::context, std::string_view("context")},
    std::pair{Scope::none, std::string_view("none")},
};
constexpr std::array kNoises = {
    std::pair{Noise::none, std::string_view("none")},
    std::pair{Noise::promo, std::string_view("promo")},
    std::pair{Noise::prompt, std::string_view("prompt")},
    std::pair{Noise::news, std::string_view("news")},
    std::pair{Noise::bot, std::string_view("bot")},
    std::pair{Noise::duplicate, std::string_view("duplicate")},
    std::pair{Noise::homonym, std::string_view("homonym")},
};

}  // namespace

std::string_view to_string(Polarity polarity) {
  return name_of(kPolarities, polarity);
}

std::string_view to_string(Scope scope) { return name_of(kScopes, scope); }

std::string_view to_string(Noise noise) { return name_of(kNoises, noise); }

std::optional<Polarity> parse_polarity(std::string_view name) {
  return value_of(kPolarities, name);
}

std::optional<Scope> parse_scope(std::string_view name) {
  return value_of(kScopes, name);
}

std::optional<Noise> parse_noise(std::string_view name) {
  return value_of(kNoises, name);
}

}  // namespace grumble::domain
