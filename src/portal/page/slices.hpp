#pragma once
// Long lists, a page at a time.
#include <cstddef>
#include <span>

#include "net/net.hpp"
#include "page/components.hpp"

namespace minben::page {

/// Which page the address asks for: 1 when it names none, no number, or one above `most`.
int asked_page(const net::Form& query, int most = 10'000);

/// One page of a list that is in memory as a whole.
struct Slice {
  std::size_t first = 0;
  std::size_t count = 0;
  Pagination pages;

  template <class List>
  [[nodiscard]] auto of(const List& list) const {
    return std::span(list).subspan(first, count);
  }
};
/// A page behind the last one is the last.
Slice slice(const net::Form& query, std::size_t total, std::size_t a_page);

}  // namespace minben::page
