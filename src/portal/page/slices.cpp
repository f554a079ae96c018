#include "slices.hpp"

#include <algorithm>

namespace minben::page {

int asked_page(const net::Form& query, std::string_view name) {
  return static_cast<int>(parse_integer(query.get(name), 1, 10'000'000).value_or(1));
}

Slice slice(const net::Form& query, std::size_t total, std::size_t a_page, std::string_view name) {
  const auto count = static_cast<int>(std::max<std::size_t>(1, (total + a_page - 1) / a_page));
  Slice out;
  out.pages = {std::min(asked_page(query, name), count), count, std::string(name)};
  out.first = static_cast<std::size_t>(out.pages.current - 1) * a_page;
  out.count = std::min(a_page, total - out.first);
  return out;
}

}  // namespace minben::page
