// Which language and which side of the counter an address belongs to.
#include "site.hpp"

namespace minben::page {

namespace {

/// The weight of a language range in Accept-Language (RFC 9110 §12.5.4); 0 when it is not there.
double weight(std::string_view header, std::string_view prefix) {
  double best = 0;
  for (const std::string_view part : split(header, ',')) {
    const auto pieces = split(trim(part), ';');
    if (!to_lower_ascii(trim(pieces.front())).starts_with(prefix)) continue;
    double q = 1;
    if (pieces.size() > 1 && trim(pieces[1]).starts_with("q=")) {
      const std::string number(trim(pieces[1]).substr(2));
      q = std::strtod(number.c_str(), nullptr);
    }
    best = std::max(best, q);
  }
  return best;
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

std::optional<Place> place_of(std::string_view path) {
  for (const Language language : {Language::zh_hant, Language::en}) {
    const std::string prefix = "/" + std::string(language_tag(language));
    if (!is_below(path, prefix)) continue;
    const std::string_view rest = path.substr(prefix.size());
    const bool desk = is_below(rest, "/desk");
    return Place{language, desk ? identity::Realm::officer : identity::Realm::person, rest};
  }
  return std::nullopt;
}

Language preferred_language(const Site::Impl& site, const net::Request& request) {
  const std::string_view chosen = read_cookie(site, request, cookie::language);
  if (chosen == language_tag(Language::en)) return Language::en;
  if (chosen == language_tag(Language::zh_hant)) return Language::zh_hant;
  const std::string_view accepted = request.headers.get("Accept-Language");
  return weight(accepted, "en") > weight(accepted, "zh") ? Language::en : Language::zh_hant;
}

bool wants_problem(const net::Request& request) {
  if (request.headers.has("X-Minben-Csrf")) return true;
  const std::string_view accept = request.headers.get("Accept");
  if (accept.find("text/html") != accept.npos) return false;
  return !place_of(request.path) || accept.find("json") != accept.npos ||
         accept.find("event-stream") != accept.npos;
}

}  // namespace minben::page
