#pragma once
// Private: what a visitor has narrowed a search to, as it stands in an address.
#include "parts.hpp"

namespace minben::open {

/// One kind of narrowing: its name in addresses, and the field that it is about.
struct Facet {
  std::string_view name;
  catalogue::Field field;
};
std::span<const Facet> facets();

struct Asked {
  std::string words;
  std::vector<std::pair<Facet, std::string>> chosen;  ///< at most 20
  std::string sort;                                   ///< "", "modified", "created", "title"
  int page = 1;
};
inline constexpr int page_size = 20;

Asked read_asked(const net::Form& query);
catalogue::SearchQuery query_of(const Asked& asked);
/// The search again; `without` leaves one choice out.
Url url_of(const Visit& visit, const Asked& asked, std::size_t without = SIZE_MAX);
/// The heading above a facet's values, and a value in words.
std::string_view facet_title(Language language, std::string_view name);
std::string value_text(const Parts& parts, const Visit& visit, const Facet& facet,
                       const std::string& value);

}  // namespace minben::open
