#include "slices.hpp"

#include <algorithm>

namespace minben::page {

int asked_page(const net::Form& query, int most) {
  return static_cast<int>(parse_integer(query.get("page"), 1, most).value_or(1));
}

Slice slice(const net::Form& query, std::size_t total, std::size_t a_page) {
  const auto count = static_cast<int>(std::max<std::size_t>(1, (total + a_page - 1) / a_page));
  Slice out;
  out.pages = {.current = std::min(asked_page(query), count), .count = count};
  out.first = static_cast<std::size_t>(out.pages.current - 1) * a_page;
  out.count = std::min(a_page, total - out.first);
  return out;
}

}  // namespace minben::page
