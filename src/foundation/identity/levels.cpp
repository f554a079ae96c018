#include "levels.hpp"

#include <algorithm>
#include <array>

namespace minben::identity {

namespace {
constexpr std::array<std::string_view, 4> assurance_names{"none", "low", "substantial", "high"};
constexpr std::array<std::string_view, 4> acr_values{"0", "http://eidas.europa.eu/LoA/low",
                                                     "http://eidas.europa.eu/LoA/substantial",
                                                     "http://eidas.europa.eu/LoA/high"};
}  // namespace

std::string_view to_string(Assurance assurance) {
  return assurance_names[static_cast<std::size_t>(assurance)];
}

Result<Assurance> parse_assurance(std::string_view text) {
  const auto found = std::ranges::find(assurance_names, text);
  if (found == assurance_names.end())
    return fail(Kind::invalid, "not_an_assurance", "expected none, low, substantial or high");
  return static_cast<Assurance>(found - assurance_names.begin());
}

Assurance of_authenticator(int level) { return static_cast<Assurance>(std::clamp(level, 0, 3)); }

Assurance eidas(const Levels& levels) {
  return of_authenticator(std::min(levels.identity, levels.authenticator));
}

std::string_view acr_of(Assurance assurance) {
  return acr_values[static_cast<std::size_t>(assurance)];
}

Assurance assurance_of_acr(std::string_view acr) {
  const auto found = std::ranges::find(acr_values, acr);
  if (found == acr_values.end()) return Assurance::none;
  return static_cast<Assurance>(found - acr_values.begin());
}

}  // namespace minben::identity
